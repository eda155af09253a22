/** `enrich`: market files in, enriched files out. */
import { Command } from 'commander'
import { earlierFile } from '../../functions/enrich/carry/judge-overlap.ts'
import { checkKeep } from '../../functions/enrich/carry/sequence.ts'
import type { NewPages } from '../../functions/enrich/enrich.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import {
  addCarryOptions,
  carryFrom,
  checkAfterOrder,
  checkCarryOptions,
  isCarried,
  limitsOf,
} from '../cli/carry-options.ts'
import { forgottenCarry } from '../cli/forgotten-carry.ts'
import { checkApart, checkNew, refuseMany, STANDARD } from '../cli/locations.ts'
import { addMarketOptions, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { otherColumns } from '../cli/sequence-columns.ts'
import { counted, withSeparators } from '../cli/table.ts'
import { type BatchOptions, enrichBatch } from './enrich-batch.ts'
import { type EnrichCall, enrichFile, type FileReport, type Outputs, warningsIn } from './enrich-file.ts'

interface EnrichCommandOptions extends MarketOptions, BatchOptions {
  readonly outDir?: string
  readonly dropped?: string
}

const HELP = `
The file gains supertrend_ub, supertrend_lb, trend_orientation (-1 down, +1 up) and
st_trend_segment; --columns adds or leaves out some, also supertrend_atr and supertrend_flip.
Several sets end in their parameters: supertrend_ub_10_1. Every other column stays. OUTPUT is written completely or not
at all, and may be the same path as INPUT. INPUT and OUTPUT may be s3://bucket/key or -.

The file of removed rows has all columns of INPUT, then dropped_row and kept_row: the row
numbers in INPUT, counted from 0, of the row and of the one kept in its place. It is written
before OUTPUT, and has no rows if none was removed. verify and restore read it with --dropped.

With --carry, --after and --carry-within, files continue each other: together they hold the
values of one long file. The order is that of the bytes of their names.
  $ parquet-supertrend enrich 2024-01-02.parquet out/2024-01-02.parquet --carry
  $ parquet-supertrend enrich 2024-01-03.parquet out/2024-01-03.parquet --after out/2024-01-02.parquet
  $ parquet-supertrend enrich 'BTC/*.parquet' --out-dir out --carry

Report (--json): rowsRead, rowsWritten, duplicatesDropped, duplicatesAgreeing,
duplicatesConflicting, conflicts, rowsOutOfOrder, rowsWithoutPrice, rowsWithoutPriceBy,
rowsInconsistent, series, gaps (steps longer than the usual one, of daily bars also weekends),
firstTime, lastTime, warnings (--strict refuses these), layout (appended: the input's
bytes, then the new columns; compacted: rewritten without the removed rows), columns,
supertrends (definition, period, multiplier and columns of each set),
bytesRead, bytesWritten (without those that the operating system or S3 copied), elapsedMs,
peakMemoryMiB; with carry also duplicatesOfPrevious, carry (after and state: digests of the
states at the beginning and the end; stateBytes); with --dropped also droppedBytesWritten;
with --out-dir also input, output and dropped, or error.

Exit code: 0 done; 2 a file or an option is refused, nothing is written for it; 1 anything else.`

/** @param newPages creates the store for pages of the new columns; undefined for memory and disk */
export function enrichCommand(newPages?: NewPages): Command {
  const command = new Command('enrich')
    .description('remove duplicate bars and add the Supertrend columns')
    .usage('INPUT OUTPUT [options]\n       parquet-supertrend enrich INPUT... --out-dir FOLDER [options]')
    .argument(
      '<paths...>',
      'INPUT and OUTPUT, or with --out-dir any number of INPUTs, also patterns such as data/*.parquet',
    )
    .option(
      '-o, --out-dir <folder>',
      'write each enriched file here, with the name of its input and the folders below the fixed part of its pattern',
    )
    .option('--dropped <file>', 'write the removed rows here, in a file with all columns')
    .option('--dropped-dir <folder>', 'the same with --out-dir: one file per input, placed like its output')
  return addMarketOptions(addCarryOptions(command))
    .option('--no-clobber', 'keep an OUTPUT that exists: refuse one, with --out-dir skip its INPUT')
    .option('--json', 'print the report as one JSON object per line')
    .addHelpText('after', HELP)
    .action(async (paths: string[], options: EnrichCommandOptions) => {
      const settings = settingsOf(options)
      checkDroppedOption(options)
      checkCarryOptions(options, options.outDir !== undefined)
      if (isCarried(options)) checkKeep(settings)
      const call = { settings, newPages }
      if (options.outDir !== undefined) await enrichBatch(paths, options.outDir, call, options)
      else await enrichOne(paths, call, options)
    })
}

function checkDroppedOption({ outDir, dropped, droppedDir }: EnrichCommandOptions): void {
  if (dropped !== undefined && outDir !== undefined) {
    throw new RefusedError('settings', '--dropped names one file; with --out-dir it is --dropped-dir FOLDER')
  }
  if (droppedDir !== undefined && outDir === undefined) {
    throw new RefusedError('settings', '--dropped-dir goes with --out-dir; for one OUTPUT it is --dropped FILE')
  }
}

async function enrichOne(paths: readonly string[], call: EnrichCall, options: EnrichCommandOptions): Promise<void> {
  const [input, output, ...rest] = paths
  if (input === undefined || output === undefined || rest.length > 0) {
    throw new RefusedError(
      'settings',
      `expected INPUT and OUTPUT, got ${counted(paths.length, 'path')} (--out-dir takes many; --help shows the usage)`,
    )
  }
  await refuseMany(input, `, or enrich all of them: enrich ${quoted(input)} --out-dir FOLDER`)
  const { dropped, after = [], clobber } = options
  if (!clobber) for (const name of [output, ...(dropped === undefined ? [] : [dropped])]) await checkNew(name)
  await checkApart(after, '--after', [], [output])
  if (dropped !== undefined) await checkApart([dropped], '--dropped', [input], [output])
  const limits = limitsOf(options)
  await checkAfterOrder(after, call.settings.memoryBudgetBytes, limits)
  const carry = isCarried(options) ? await carryFrom(after, call.settings, limits) : undefined
  const ofSequence = isCarried(options)
    ? after[0] && (await otherColumns(after[0], call.settings))
    : await forgottenCarry(
        output,
        call.settings.memoryBudgetBytes,
        (before) => `continue from it with --after ${before}`,
      )
  const { report } = await enrichFile(input, { output, dropped }, call, carry)
  // keeps the report out of the file
  const stream = output === STANDARD || dropped === STANDARD ? process.stderr : process.stdout
  // on standard error the JSON has to stand alone; it contains the warnings
  if (!options.json || stream === process.stdout) {
    printWarnings([...warningsIn(report), ...(ofSequence ? [ofSequence] : [])], input)
  }
  stream.write(options.json ? `${JSON.stringify(report)}\n` : enrichSummary({ output, dropped }, report))
}

function enrichSummary({ output, dropped }: Outputs, report: FileReport): string {
  const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, series, firstTime, lastTime } = report
  const lines = [
    `${output}: ${counted(rowsWritten, 'row')} (${report.layout}), ${withSeparators(series)} series, ${firstTime ?? '-'} to ${lastTime ?? '-'}`,
    `  columns ${Object.entries(report.columns)
      .map(([role, name]) => (role === name ? role : `${role}: ${quoted(name)}`))
      .join(', ')}`,
    ...report.supertrends.map(
      ({ definition, period, multiplier, columns }) =>
        `  ${definition} ${period}, ${multiplier}: ${columns.join(', ')}`,
    ),
    `  read ${counted(rowsRead, 'row')}, removed ${counted(duplicatesDropped, 'duplicate')}, ${withSeparators(duplicatesConflicting)} of them conflicting`,
    ...(report.duplicatesOfPrevious
      ? [
          `    ${withSeparators(report.duplicatesOfPrevious)} of them ${report.duplicatesOfPrevious === 1 ? 'is' : 'are'} in earlier files`,
        ]
      : []),
    ...(dropped === undefined ? [] : [`    ${dropped}: ${counted(duplicatesDropped, 'removed row')}`]),
    ...report.conflicts.map(
      ({ row, keptRow, columns, filesBefore }) =>
        `    row ${withSeparators(row)} has a different ${columns.join(', ')} from row ${withSeparators(keptRow)}${filesBefore === undefined ? '' : ` of ${earlierFile(filesBefore)}`}`,
    ),
    `  ${counted(report.rowsOutOfOrder, 'row')} out of order, ${withSeparators(report.rowsWithoutPrice)} without a price, ${withSeparators(report.rowsInconsistent)} inconsistent, ${counted(report.gaps, 'gap')}`,
    `  ${withSeparators(report.elapsedMs)} ms, ${report.peakMemoryMiB} MiB`,
  ]
  return `${lines.join('\n')}\n`
}
