/** `inspect`: describes a file and the result of enriching it. */
import { Command } from 'commander'
import type { Inspection } from '../../functions/audit/inspect.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'
import { withHeaderHint } from '../cli/header-hint.ts'
import type { CsvFile } from '../cli/input-file.ts'
import { openInput } from '../cli/locations.ts'
import { addMarketOptions, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { ProgressBar } from '../cli/progress-bar.ts'
import { printWarnings } from '../cli/run-command.ts'
import { aligned, counted, withSeparators } from '../cli/table.ts'
import { BackfillEstimate } from '../operator/estimate.ts'

/** The function's memory by default. */
const FUNCTION_MEMORY_MIB = 512

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('describe a file and the result of enriching it; writes nothing')
    .argument('<file>', 'a parquet file')
  return addMarketOptions(command)
    .option('--json', 'print everything as one JSON object')
    .addHelpText(
      'after',
      `
Shows the columns, their uses and why, series, time range, usual step, gaps, order, duplicates
with the first conflicts side by side, and the estimated time and cost in the function.

Exit code: 0 it can be enriched; 2 it would be refused, or an option is; 1 anything else.`,
    )
    .action(async (name: string, options: MarketOptions & { json?: boolean }) => {
      const { inspect } = await import('../../functions/audit/inspect.ts')
      const settings = settingsOf(options)
      const file = await openInput(name, settings.columns)
      const bar = new ProgressBar(process.stderr)
      try {
        const result = await inspect(file, settings, (rows, total) => bar.show(rows, total))
        bar.clear()
        const backfill = new BackfillEstimate({ memoryMiB: FUNCTION_MEMORY_MIB, concurrency: 1, isNew: true })
        backfill.add(result.bytes)
        const { seconds, dollars } = backfill.total
        const estimate = { functionMemoryMiB: FUNCTION_MEMORY_MIB, functionSeconds: seconds, functionDollars: dollars }
        const peak = peakMemoryMiB()
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ ...ofInput(result, file.csv), estimate, peakMemoryMiB: peak })}\n`
            : `${inspectionText(name, result, file.csv)}  in the function, about: ${seconds.toFixed(1)} s at ${FUNCTION_MEMORY_MIB} MB, $${dollars.toFixed(6)}; here the peak was ${peak} MiB\n`,
        )
        // the text has them already
        if (options.json) printWarnings(result.quality?.warnings ?? [], name)
        if (result.problem) throw withHeaderHint(new RefusedError(result.problem.code, result.problem.message), file)
      } finally {
        bar.clear()
        await file.close()
      }
    })
}

/** What is said about the file itself. Of a CSV, its own bytes, and nothing about the temporary parquet file. */
function ofInput(result: Inspection, csv: CsvFile | undefined) {
  if (!csv) return result
  const columns = result.columns.map(({ name, type, uses }) => ({ name, type, uses }))
  const { rowGroups: _, createdBy: __, limits: ___, ...rest } = result
  return { ...rest, bytes: csv.bytes, csv: { hasHeader: csv.hasHeader }, columns }
}

/** The first line. Of a CSV, the temporary parquet file is of no interest. */
function fileLine({ bytes, rows, rowGroups, createdBy }: Inspection, csv: CsvFile | undefined): string {
  if (csv) {
    const header = csv.hasHeader ? '' : ' without a header'
    return `CSV${header}, ${withSeparators(csv.bytes)} bytes, ${counted(rows, 'row')}`
  }
  return `${withSeparators(bytes)} bytes, ${counted(rows, 'row')} in ${counted(rowGroups, 'row group')}, written by ${createdBy ?? 'an unknown program'}`
}

function columnTable({ columns }: Inspection, isCsv: boolean): string {
  const stored = (...cells: readonly string[]) => (isCsv ? [] : cells)
  const table = [
    ['column', 'type', ...stored('compression', 'bytes'), 'used as', 'because'],
    ...columns.map(({ name, type, codec, bytes, uses }) => {
      const [roles, reasons] = [uses.map(({ role }) => role), uses.map(({ reason }) => reason)]
      const cells = stored(codec ?? '-', withSeparators(bytes))
      return [name, type, ...cells, roles.join(', ') || '-', reasons.join(', ')]
    }),
  ]
  return aligned(table, new Set(isCsv ? [] : [3]))
}

function inspectionText(name: string, result: Inspection, csv: CsvFile | undefined): string {
  const { quality, note } = result
  const lines = [
    `${name}: ${fileLine(result, csv)}`,
    '',
    columnTable(result, csv !== undefined).replaceAll(/^/gm, '  '),
    '',
  ]
  lines.push(...result.limits.map((limit) => `  note: ${limit}`))
  if (note) {
    const { supertrends, keep } = note.settings
    const sets = supertrends.map((each) => `${each.definition} ${each.period},${each.multiplier}`).join('; ')
    lines.push(
      `  enriched before by version ${note.version} (${sets}, keep ${keep}) from ${withSeparators(note.sourceBytes)} bytes`,
    )
  }
  if (result.carry) lines.push(...carryLines(result.carry))
  if (quality) {
    lines.push(
      `  ${withSeparators(quality.series)} series from ${quality.firstTime ?? '-'} to ${quality.lastTime ?? '-'}, usual step ${quality.stepSeconds === null ? 'differs' : `${quality.stepSeconds} s`}, ${counted(quality.gaps, 'gap')}`,
      `  order: ${quality.rowsOutOfOrder === 0 ? 'by time' : `${counted(quality.rowsOutOfOrder, 'row')} earlier than the row before`}`,
      `  prices: ${counted(quality.rowsWithoutPrice, 'row')} without, ${withSeparators(quality.rowsInconsistent)} inconsistent`,
      `  duplicates: ${withSeparators(quality.duplicatesDropped)}, ${withSeparators(quality.duplicatesConflicting)} of which differ from the row that is kept`,
      ...quality.conflicts.map(({ row, keptRow, values }) => {
        const differing = Object.entries(values).map(([role, { kept, dropped }]) => `${role} ${kept} | ${dropped}`)
        return `    row ${keptRow} (kept) | row ${row} (removed): ${differing.join(', ')}`
      }),
      ...quality.warnings.map(({ code, message }) => `  warning (${code}): ${message}`),
      `  enriched it would be ${result.layout}, ${withSeparators(result.outputBytes ?? 0)} bytes`,
    )
  }
  return `${lines.join('\n')}\n`
}

function carryLines({ after, duplicatesOfPrevious, state }: NonNullable<Inspection['carry']>): string[] {
  const from = after === null ? 'is the first file of a sequence' : `continues from the state ${after.slice(0, 12)}`
  const repeated =
    duplicatesOfPrevious > 0 ? `; ${counted(duplicatesOfPrevious, 'row')} removed that earlier files have` : ''
  const passed = `passes on the state ${state.sha256.slice(0, 12)}, ${withSeparators(state.bytes)} bytes`
  const contents =
    state.series === null ? `which cannot be used: ${state.problem}` : `of ${withSeparators(state.series)} series`
  return [`  ${from}${repeated}`, `  ${passed}, ${contents}`]
}
