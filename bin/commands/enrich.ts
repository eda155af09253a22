/** `enrich`: market files in, enriched files out. */
import path from 'node:path'
import { Command } from 'commander'
import { enrich, type NewPages } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'
import { batchFiles, batchOutputs } from '../cli/batch-files.ts'
import { checkApart, checkOutput, isObject, makeFolder, openInput, STANDARD, writeOutputs } from '../cli/locations.ts'
import { addMarketOptions, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { ProgressBar } from '../cli/progress-bar.ts'
import { printWarnings, reportError } from '../cli/run-command.ts'
import { aligned, count, counted } from '../cli/table.ts'

interface Options extends MarketOptions {
  readonly outDir?: string
  readonly dropped?: string
  readonly droppedDir?: string
  readonly json?: boolean
}

/** The outputs of one input. */
interface Outputs {
  readonly output: string
  /** For the removed rows, if they are wanted. */
  readonly dropped: string | undefined
}

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
  return addMarketOptions(command)
    .option('--json', 'print the report as one JSON object per line')
    .addHelpText(
      'after',
      `
The file gains supertrend_ub, supertrend_lb, trend_orientation (-1 down, +1 up) and
st_trend_segment; every other column stays as it is. OUTPUT is written completely or not
at all, and may be the same path as INPUT. INPUT and OUTPUT may be s3://bucket/key or -.

The file of removed rows has all columns of INPUT, then dropped_row and kept_row: the row
numbers in INPUT, counted from 0, of the row and of the one kept in its place. It is written
before OUTPUT, and has no rows if none was removed. verify and restore read it with --dropped.

Report (--json): rowsRead, rowsWritten, duplicatesDropped, duplicatesAgreeing,
duplicatesConflicting, conflicts, rowsOutOfOrder, rowsWithoutPrice, rowsWithoutPriceBy,
rowsInconsistent, series, gaps, firstTime, lastTime, warnings, layout (appended: the
input's bytes, then the new columns; compacted: rewritten without the removed rows), columns,
bytesRead, bytesWritten (without those that the operating system or S3 copied), elapsedMs,
peakMemoryMiB; with --dropped also droppedBytesWritten; with --out-dir also input, output
and dropped, or error.

Exit code: 0 done; 2 a file or an option is refused, nothing is written for it; 1 anything else.`,
    )
    .action(async (paths: string[], options: Options) => {
      const settings = settingsOf(options)
      checkDroppedOption(options)
      if (options.outDir !== undefined) await enrichAll(paths, options.outDir, settings, options, newPages)
      else await enrichOne(paths, settings, options, newPages)
    })
}

function checkDroppedOption({ outDir, dropped, droppedDir }: Options): void {
  if (dropped !== undefined && outDir !== undefined) {
    throw new RefusedError('settings', '--dropped names one file; with --out-dir it is --dropped-dir FOLDER')
  }
  if (droppedDir !== undefined && outDir === undefined) {
    throw new RefusedError('settings', '--dropped-dir goes with --out-dir; for one OUTPUT it is --dropped FILE')
  }
}

async function enrichOne(
  paths: readonly string[],
  settings: EnrichSettings,
  options: Options,
  newPages: NewPages | undefined,
): Promise<void> {
  const [input, output, ...rest] = paths
  if (input === undefined || output === undefined || rest.length > 0) {
    throw new RefusedError(
      'settings',
      `expected INPUT and OUTPUT, got ${paths.length} paths (--out-dir takes many; --help shows the usage)`,
    )
  }
  const { dropped } = options
  if (dropped !== undefined) await checkApart([dropped], '--dropped', [input], [output])
  const report = await enrichFile(input, { output, dropped }, settings, newPages)
  // keeps the report out of the file
  const stream = output === STANDARD || dropped === STANDARD ? process.stderr : process.stdout
  // on standard error the JSON has to stand alone; it contains the warnings
  if (!options.json || stream === process.stdout) printWarnings(report.warnings, input)
  stream.write(options.json ? `${JSON.stringify(report)}\n` : summary({ output, dropped }, report))
}

async function enrichAll(
  inputs: readonly string[],
  folder: string,
  settings: EnrichSettings,
  { droppedDir, json }: Options,
  newPages: NewPages | undefined,
): Promise<void> {
  const files = await batchFiles(inputs, folder)
  const outputs = batchOutputs(files, folder)
  if (!isObject(folder)) await makeFolder(folder, '--out-dir')
  const droppeds = droppedDir === undefined ? [] : batchOutputs(files, droppedDir)
  if (droppedDir !== undefined) {
    if (!isObject(droppedDir)) await makeFolder(droppedDir, '--dropped-dir')
    const names = files.map(({ name }) => name)
    await checkApart(droppeds, '--dropped-dir', names, outputs)
  }
  const table: string[][] = [['file', 'rows', 'removed', 'conflicting', 'series', 'gaps', 'ms', '']]
  for (const [i, { name: input }] of files.entries()) {
    const [output, dropped] = [outputs[i]!, droppeds[i]]
    try {
      if (!isObject(folder)) await makeFolder(path.dirname(output), '--out-dir')
      if (dropped !== undefined && !isObject(dropped)) await makeFolder(path.dirname(dropped), '--dropped-dir')
      const report = await enrichFile(input, { output, dropped }, settings, newPages)
      printWarnings(report.warnings, input)
      const { rowsWritten, duplicatesDropped, duplicatesConflicting, series, gaps, elapsedMs, layout } = report
      if (json) process.stdout.write(`${JSON.stringify({ input, output, dropped, ...report })}\n`)
      const figures = [rowsWritten, duplicatesDropped, duplicatesConflicting, series, gaps, elapsedMs].map(count)
      table.push([output, ...figures, layout])
    } catch (error) {
      const { code, message } = reportError(error, input)
      if (json) process.stdout.write(`${JSON.stringify({ input, output, error: { code, message } })}\n`)
      table.push([input, '-', '-', '-', '-', '-', '-', `refused: ${code}`])
    }
  }
  if (!json) process.stdout.write(`${aligned(table, new Set([1, 2, 3, 4, 5, 6]))}\n`)
}

async function enrichFile(
  input: string,
  { output, dropped }: Outputs,
  settings: EnrichSettings,
  newPages: NewPages | undefined,
) {
  const started = performance.now()
  const file = await openInput(input)
  const bar = new ProgressBar(process.stderr)
  try {
    await checkOutput(output)
    if (dropped !== undefined) await checkOutput(dropped)
    const enriched = await enrich(file, settings, (rows, total) => bar.show(rows, total), newPages)
    const { layout, quality, columns } = enriched
    // the removed rows come first, because the output may replace the only file that has them
    const droppedRows = { layout: 'compacted', bytes: enriched.droppedBytes } as const
    const write = async () => {
      // files are published one after the other: reading back first makes sure that the last one can be
      if (dropped !== undefined && enriched.isReadBack && isElsewhere(output)) for await (const _ of enriched.bytes());
      return writeOutputs(file, [
        ...(dropped === undefined ? [] : [{ name: dropped, output: droppedRows }]),
        { name: output, output: enriched },
      ])
    }
    const written = await write().finally(enriched.close)
    return {
      ...quality,
      layout,
      columns,
      bytesRead: file.bytesRead,
      bytesWritten: written.at(-1)!,
      ...(dropped === undefined ? {} : { droppedBytesWritten: written[0]! }),
      elapsedMs: Math.round(performance.now() - started),
      peakMemoryMiB: peakMemoryMiB(),
    }
  } finally {
    bar.clear()
    await file.close()
  }
}

/** True for outputs that are not local files, which are complete before they take their place. */
function isElsewhere(output: string): boolean {
  return output === STANDARD || isObject(output)
}

type Report = Awaited<ReturnType<typeof enrichFile>>

function summary({ output, dropped }: Outputs, report: Report): string {
  const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, series, firstTime, lastTime } = report
  const lines = [
    `${output}: ${counted(rowsWritten, 'row')} (${report.layout}), ${count(series)} series, ${firstTime ?? '-'} to ${lastTime ?? '-'}`,
    `  columns ${Object.entries(report.columns)
      .map(([role, name]) => (role === name ? role : `${role}: ${quoted(name)}`))
      .join(', ')}`,
    `  read ${counted(rowsRead, 'row')}, removed ${counted(duplicatesDropped, 'duplicate')}, ${count(duplicatesConflicting)} of them conflicting`,
    ...(dropped === undefined ? [] : [`    ${dropped}: ${counted(duplicatesDropped, 'removed row')}`]),
    ...report.conflicts.map(
      ({ row, keptRow, columns }) =>
        `    row ${count(row)} has a different ${columns.join(', ')} from row ${count(keptRow)}`,
    ),
    `  ${counted(report.rowsOutOfOrder, 'row')} out of order, ${count(report.rowsWithoutPrice)} without a price, ${count(report.rowsInconsistent)} inconsistent, ${counted(report.gaps, 'gap')}`,
    `  ${count(report.elapsedMs)} ms, ${report.peakMemoryMiB} MiB`,
  ]
  return `${lines.join('\n')}\n`
}
