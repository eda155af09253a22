/** `verify`: proves that an enriched file has all of the original, and that its values can be computed again. */
import path from 'node:path'
import { Command } from 'commander'
import type { Spool, Verification } from '../../functions/audit/verification.ts'
import { openLocalFile, writeLocalFile } from '../../functions/storage/local-file.ts'
import type { InputFile } from '../cli/input-file.ts'
import { openInput } from '../cli/locations.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

const DOES_NOT_HOLD = 3

interface Options {
  readonly dropped?: string
  readonly memory?: string
  readonly json?: boolean
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove that all of the original is intact, and compute the values again')
    .argument('<original>', 'the file as it was')
    .argument('<enriched>', 'the enriched file')
    .option(
      '--dropped <file>',
      'the file of removed rows, to prove that every row of the original is in one of the files',
    )
    .option('--memory <mib>', "memory for rows that have to be sorted, in MiB (default: half of the machine's)")
    .option(
      '--json',
      'print the result as one JSON object: holds, problems, bytes, settings, counts, columnsCompared, secondReading, dropped',
    )
    .addHelpText(
      'after',
      '\nExit code: 0 it holds; 3 it does not, or ENRICHED is not an enriched file; 2 the original or an\noption is refused; 1 anything else.',
    )
    .action(async (originalName: string, enrichedName: string, options: Options) => {
      const { verify } = await import('../../functions/audit/verify.ts')
      const { folder, remove } = await temporaryFolder()
      const opened: InputFile[] = []
      const open = async (name: string) => {
        const file = await openInput(name)
        opened.push(file)
        return file
      }
      let copies = 0
      try {
        const original = await open(originalName)
        const enriched = await open(enrichedName)
        const dropped = options.dropped === undefined ? undefined : await open(options.dropped)
        const spool: Spool = async (pieces) => {
          const name = path.join(folder, `recomputed-${copies++}.parquet`)
          await writeLocalFile(name, original, false, pieces)
          return openLocalFile(name)
        }
        const result = await verify(original, enriched, memoryBudgetOf(options), spool, dropped)
        process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : summary(enrichedName, result))
        printWarnings(result.warnings, originalName)
        if (!result.holds) process.exitCode = DOES_NOT_HOLD
      } finally {
        await remove()
        for (const file of opened) await file.close()
      }
    })
}

function summary(
  name: string,
  {
    holds,
    problems,
    bytes,
    settings,
    rowsRead,
    rowsWritten,
    duplicatesDropped,
    columnsNotCompared,
    secondReading,
    dropped,
  }: Verification,
): string {
  if (!holds) return [`${name}: does not hold`, ...problems.map((problem) => `  ${problem}`), ''].join('\n')
  const supertrends = settings!.supertrends.map((each) => `${each.definition} ${each.period},${each.multiplier}`)
  return [
    `${name}: holds`,
    `  ${supertrends.join('; ')}: computing again gives the same values`,
    `  ${rowsRead} rows, ${duplicatesDropped} duplicates removed, ${rowsWritten} kept: all kept rows are as in the original`,
    ...(dropped ? ['  all removed rows are in their file: no row of the original is lost'] : []),
    ...(columnsNotCompared.length > 0
      ? [`  except nested columns, which were not compared: ${columnsNotCompared.join(', ')}`]
      : []),
    ...secondLines(secondReading!),
    bytes === 'same' && dropped?.bytes !== 'other'
      ? '  every byte is as this version writes it\n'
      : '  written by another program or version: the values were compared\n',
  ].join('\n')
}

function secondLines({
  reader,
  columnsCompared,
  columnsNotRead,
}: NonNullable<Verification['secondReading']>): string[] {
  const all = columnsCompared.length + columnsNotRead.length
  const many = columnsNotRead.length === 0 ? `all ${all}` : `${columnsCompared.length} of ${all}`
  return [
    `  ${reader}, another reader, reads the same values in ${many} columns`,
    ...columnsNotRead.map(({ column, reason }) => `  except column ${column}, which it cannot read: ${reason}`),
  ]
}
