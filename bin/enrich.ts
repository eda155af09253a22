/** The command line: one parquet file on this machine in, the enriched file out. */
import os from 'node:os'
import { parseArgs } from 'node:util'
import { enrich } from '../functions/enrich/enrich.ts'
import { newColumnNames } from '../functions/enrich/new-columns.ts'
import {
  DEFAULT_SUPERTREND,
  type EnrichSettings,
  parseCodec,
  parseDefinition,
  parseKeep,
  parseMultiplier,
  parsePeriod,
  parseSupertrend,
} from '../functions/enrich/settings.ts'
import type { SupertrendParameters } from '../functions/market/supertrend.ts'
import { quoted, RefusedError } from '../functions/shared/errors.ts'
import { peakMemoryMiB } from '../functions/shared/peak-memory.ts'
import { checkLocalTarget, openLocalFile, writeLocalFile } from '../functions/storage/local-file.ts'
import { ProgressBar } from './progress-bar.ts'

const HELP = `Drops duplicated bars from a market parquet file and adds Supertrend columns.

Usage: npm run --silent enrich -- INPUT OUTPUT [options]

OUTPUT gains supertrend_ub, supertrend_lb, trend_orientation (-1 down, +1 up) and
st_trend_segment; every other column stays as it is. It is written as a whole or not
at all, and may be the same path as INPUT.

Options:
  --definition NAME      stockstats (default): as stockstats 0.4.1, a value on every row
                         tradingview: as TradingView's ta.supertrend, from row PERIOD - 1 on
  --period N             bars that the average true range looks back, an integer from 1 (default 14)
  --multiplier X         distance of the bands in average true ranges, above 0 (default 3)
  --supertrend P,M[,NAME]  period, multiplier and definition; repeat it for several at once, whose
                         columns get a suffix: supertrend_ub_10_1, ...
  --codec NAME           of the new columns: auto (default: as the prices), UNCOMPRESSED, SNAPPY,
                         GZIP, ZSTD, LZ4_RAW
  --keep first|last      which row stays of those with the same series and time (default first)
  --time-column NAME     the time of a bar (default: datetime, timestamp, date, time, ts, ...)
  --symbol-column NAME   each of its values is a series of its own; "none" for one series
                         (default: symbol, ticker, instrument_id, ..., if there is one)
  --open-column NAME     price columns (default: open, high, low, close, also o h l c,
  --high-column NAME     Capitalised, or with a trailing underscore)
  --low-column NAME
  --close-column NAME
  --memory MIB           what rows that have to be sorted may take (default half of this machine's)
  --json                 print the report as one JSON object
  --help                 print this text

Report (--json): rowsRead, rowsWritten, duplicatesDropped, duplicatesAgreeing,
duplicatesConflicting, conflicts, rowsOutOfOrder, rowsWithoutPrice, rowsInconsistent,
series, gaps, firstTime, lastTime, layout (appended: the input's bytes, then the new
columns; compacted: rewritten without the dropped rows), columns, bytesRead,
bytesWritten (without those that the operating system copied), elapsedMs, peakMemoryMiB.

Exit code: 0 done; 2 the file or an option is refused, nothing is written; 1 anything else.
`

const OPTIONS = {
  definition: { type: 'string' },
  period: { type: 'string' },
  multiplier: { type: 'string' },
  supertrend: { type: 'string', multiple: true },
  codec: { type: 'string' },
  keep: { type: 'string' },
  'time-column': { type: 'string' },
  'symbol-column': { type: 'string' },
  'open-column': { type: 'string' },
  'high-column': { type: 'string' },
  'low-column': { type: 'string' },
  'close-column': { type: 'string' },
  memory: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new RefusedError('settings', `${what.replaceAll('\n', ' ')} (--help lists the options)`)
  }
}

function settingsOf(values: ReturnType<typeof parse>['values']): EnrichSettings {
  const { codec, keep, memory } = values
  return {
    supertrends: supertrendsOf(values),
    codec: codec === undefined ? 'auto' : parseCodec(codec, '--codec'),
    keep: keep === undefined ? 'first' : parseKeep(keep, '--keep'),
    columns: {
      time: values['time-column'],
      symbol: values['symbol-column'],
      open: values['open-column'],
      high: values['high-column'],
      low: values['low-column'],
      close: values['close-column'],
    },
    memoryBudgetBytes: memory === undefined ? os.totalmem() / 2 : parsePeriod(memory, '--memory') * 2 ** 20,
  }
}

function supertrendsOf(values: ReturnType<typeof parse>['values']): SupertrendParameters[] {
  const { definition = DEFAULT_SUPERTREND.definition, period, multiplier, supertrend } = values
  const common = parseDefinition(definition, '--definition')
  if (supertrend === undefined) {
    return [
      {
        definition: common,
        period: period === undefined ? DEFAULT_SUPERTREND.period : parsePeriod(period, '--period'),
        multiplier:
          multiplier === undefined ? DEFAULT_SUPERTREND.multiplier : parseMultiplier(multiplier, '--multiplier'),
      },
    ]
  }
  if (period !== undefined || multiplier !== undefined) {
    throw new RefusedError('settings', '--supertrend says period and multiplier; allowed is either it or those options')
  }
  const supertrends = supertrend.map((text) => parseSupertrend(text, '--supertrend', common))
  newColumnNames(supertrends)
  return supertrends
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const [input, output, ...rest] = positionals
  if (input === undefined || output === undefined || rest.length > 0) {
    throw new RefusedError(
      'settings',
      `expected INPUT and OUTPUT, got ${positionals.length} paths (--help shows the usage)`,
    )
  }
  const report = await enrichFile(input, output, settingsOf(values))
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : summary(output, report))
}

async function enrichFile(input: string, output: string, settings: EnrichSettings) {
  const started = performance.now()
  const file = await openLocalFile(input)
  const bar = new ProgressBar(process.stderr)
  try {
    await checkLocalTarget(output)
    const enriched = await enrich(file, settings, (rows, total) => bar.show(rows, total))
    const { layout, quality, columns } = enriched
    const bytesWritten = await writeLocalFile(output, file, layout === 'appended', enriched.bytes()).finally(
      enriched.close,
    )
    return {
      ...quality,
      layout,
      columns,
      bytesRead: file.bytesRead,
      bytesWritten,
      elapsedMs: Math.round(performance.now() - started),
      peakMemoryMiB: peakMemoryMiB(),
    }
  } finally {
    bar.clear()
    await file.close()
  }
}

type Report = Awaited<ReturnType<typeof enrichFile>>

function summary(output: string, report: Report): string {
  const n = (value: number) => value.toLocaleString('en-US')
  const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, series, firstTime, lastTime } = report
  const lines = [
    `${output}: ${n(rowsWritten)} rows (${report.layout}), ${n(series)} series, ${firstTime ?? '-'} to ${lastTime ?? '-'}`,
    `  columns ${Object.entries(report.columns)
      .map(([role, name]) => (role === name ? role : `${role}: ${quoted(name)}`))
      .join(', ')}`,
    `  read ${n(rowsRead)} rows, dropped ${n(duplicatesDropped)} duplicates, ${n(duplicatesConflicting)} of them conflicting`,
    ...report.conflicts.map(
      ({ row, keptRow, columns }) => `    row ${n(row)} has another ${columns.join(', ')} than row ${n(keptRow)}`,
    ),
    `  ${n(report.rowsOutOfOrder)} rows out of order, ${n(report.rowsWithoutPrice)} without a price, ${n(report.rowsInconsistent)} inconsistent, ${n(report.gaps)} gaps`,
    `  ${n(report.elapsedMs)} ms, ${report.peakMemoryMiB} MiB`,
  ]
  return `${lines.join('\n')}\n`
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // the reader of the report has gone, as `head` does; the output is written
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`error: the report cannot be written: ${error.message}\n`)
  process.exit(1)
})

try {
  await run(process.argv.slice(2))
} catch (error) {
  const isRefused = error instanceof RefusedError
  const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
  process.stderr.write(`error: ${message}\n`)
  process.exitCode = isRefused ? 2 : 1
}
