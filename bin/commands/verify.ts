/** `verify`: proves that an enriched file has all of the original, and that its values can be computed again. */
import { Command } from 'commander'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { afterOption, checkCarryOptions, hiveOption, limitsOf, lookBackOption } from '../cli/carry-options.ts'
import { manyOf } from '../cli/locations.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { hiveNames } from '../cli/sequences.ts'
import { counted } from '../cli/table.ts'
import { verifyFile } from './verify-file.ts'

interface VerifyCommandOptions {
  readonly dropped?: string
  readonly droppedDir?: string
  readonly after?: readonly string[]
  readonly carry?: boolean
  readonly carryWithin?: string
  readonly hive?: string
  readonly lookBack?: string
  readonly memory?: string
  readonly json?: boolean
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove that all of the original is intact, and compute the values again')
    .usage("ORIGINAL ENRICHED [options]\n       parquet-supertrend verify --carry 'IN/*' 'OUT/*' [options]")
    .argument('<original>', 'the file as it was, or the folder of all originals')
    .argument('<enriched>', 'the enriched file, or the folder of all enriched files')
    .option(
      '--dropped <file>',
      'the file of removed rows, to prove that every row of the original is in one of the files',
    )
    .option('--dropped-dir <folder>', 'the same for many files: the folder of their files of removed rows')
    .addOption(afterOption())
    .option(
      '--carry',
      'both arguments are patterns: the matching files continue each other in the order of their names',
    )
    .option('--carry-within <folders>', 'the same for many sequences: each folder that matches the pattern is one')
    .addOption(hiveOption())
    .addOption(lookBackOption())
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
      checkCount(args)
      await verifyPaths(original, enriched, options)
    })
}

async function verifyPaths(original: string, enriched: string, options: VerifyCommandOptions): Promise<void> {
  const { dropped, droppedDir, after, carry, carryWithin, hive, json = false } = options
  const memoryBudgetBytes = memoryBudgetOf(options)
  const { lookBack } = limitsOf(options)
  if (hive !== undefined && !carry) throw new RefusedError('settings', '--hive goes with --carry')
  const isCarried = carry === true || carryWithin !== undefined
  const areTrees = !isCarried && (await areMany(original, enriched))
  checkCarryOptions(options, isCarried || areTrees)
  checkRemovedRows(options, isCarried || areTrees)
  if (areTrees) {
    const { verifyTrees } = await import('./verify-trees.ts')
    await verifyTrees({ original, enriched, droppedDir }, memoryBudgetBytes, json)
    return
  }
  if (!isCarried) {
    await verifyFile({ original, enriched, dropped, after, lookBack }, memoryBudgetBytes, json)
    return
  }
  const { verifySequences } = await import('./verify-sequences.ts')
  const patterns = { original, enriched, droppedDir, carryWithin, hive: hiveNames(hive) }
  await verifySequences(patterns, after ?? [], { memoryBudgetBytes, json, lookBack })
}

function checkRemovedRows({ dropped, droppedDir }: VerifyCommandOptions, areMany: boolean): void {
  if (dropped !== undefined && areMany) {
    throw new RefusedError('settings', '--dropped names one file; for many it is --dropped-dir FOLDER')
  }
  if (droppedDir !== undefined && !areMany) {
    throw new RefusedError(
      'settings',
      '--dropped-dir goes with two folders or --carry; for one file it is --dropped FILE',
    )
  }
}

/** @throws RefusedError `path` when only one of the two names stands for many files */
async function areMany(original: string, enriched: string): Promise<boolean> {
  const [originals, outputs] = [await manyOf(original), await manyOf(enriched)]
  if (originals && outputs) return true
  if (!originals && !outputs) return false
  const [many, what, other] = originals ? [original, originals, enriched] : [enriched, outputs, original]
  throw new RefusedError(
    'path',
    `${quoted(many)} is a ${what}, ${quoted(other)} is none; name two files or two folders`,
  )
}

function checkCount({ length }: readonly string[]): void {
  if (length === 2) return
  throw new RefusedError(
    'settings',
    `expected ORIGINAL and ENRICHED, got ${counted(length, 'path')}; for many files, name two folders, or two patterns in quotes, such as 'IN/*' 'OUT/*'`,
  )
}
