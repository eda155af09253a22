/** `verify`: proves that an enriched file has all of the original, and that its values can be computed again. */
import { Command } from 'commander'
import { RefusedError } from '../../functions/shared/errors.ts'
import { type BatchFile, batchFiles } from '../cli/batch-files.ts'
import { afterOption } from '../cli/carry-options.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { sequencesOf } from '../cli/sequences.ts'
import { printUnpaired, verifyFile } from './verify-file.ts'

interface VerifyCommandOptions {
  readonly dropped?: string
  readonly after?: readonly string[]
  readonly carry?: boolean
  readonly carryWithin?: string
  readonly memory?: string
  readonly json?: boolean
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove that all of the original is intact, and compute the values again')
    .usage("ORIGINAL ENRICHED [options]\n       parquet-supertrend verify --carry 'IN/*' 'OUT/*' [options]")
    .argument('<original>', 'the file as it was')
    .argument('<enriched>', 'the enriched file')
    .option(
      '--dropped <file>',
      'the file of removed rows, to prove that every row of the original is in one of the files',
    )
    .addOption(afterOption())
    .option(
      '--carry',
      'both arguments are patterns: the matching files continue each other in the order of their names',
    )
    .option('--carry-within <folders>', 'the same for many sequences: each folder that matches the pattern is one')
    .option(
      '--memory <mib>',
      'memory for rows that have to be sorted, in MiB (default: half of that of the machine or container)',
    )
    .option(
      '--json',
      'print the result as one JSON object per file: original, enriched, holds, problems, bytes, settings, counts, columnsCompared, secondReading, dropped',
    )
    .addHelpText(
      'after',
      '\nExit code: 0 it holds; 3 it does not, or ENRICHED is not an enriched file; 2 the original or an\noption is refused; 1 anything else.',
    )
    .allowExcessArguments()
    .action(async (original: string, enriched: string, options: VerifyCommandOptions, { args }: Command) => {
      const { dropped, after, carry, carryWithin, json = false } = options
      checkCount(args)
      const memoryBudgetBytes = memoryBudgetOf(options)
      if (!carry && carryWithin === undefined) {
        await verifyFile({ original, enriched, dropped, after }, memoryBudgetBytes, json)
        return
      }
      if (dropped !== undefined)
        throw new RefusedError('settings', '--dropped names one file; with --carry there are many')
      const outputs = new Map((await batchFiles([enriched])).map(({ place, name }) => [place, name]))
      for (const files of sequencesOf(await batchFiles([original]), carryWithin)) {
        await verifySequence(files, outputs, after ?? [], (names) => verifyFile(names, memoryBudgetBytes, json), json)
      }
      for (const name of outputs.values()) printUnpaired({ enriched: name }, json)
    })
}

function checkCount({ length }: readonly string[]): void {
  if (length === 2) return
  throw new RefusedError(
    'settings',
    `expected ORIGINAL and ENRICHED, got ${length} paths; many files take --carry and two patterns in quotes, such as --carry 'IN/*' 'OUT/*'`,
  )
}

/** @param outputs by place; those of the sequence are deleted */
async function verifySequence(
  files: readonly BatchFile[],
  outputs: Map<string, string>,
  first: readonly string[],
  verify: (names: Parameters<typeof verifyFile>[0]) => Promise<void>,
  json: boolean,
): Promise<void> {
  let after = first
  for (const { name: original, place } of files) {
    const enriched = outputs.get(place)
    if (enriched === undefined) printUnpaired({ original }, json)
    else {
      outputs.delete(place)
      await verify({ original, enriched, after })
      after = [enriched, ...after]
    }
  }
}
