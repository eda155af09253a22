/** `chart`: draws the trend as a page for the browser. */
import path from 'node:path'
import { Command } from 'commander'
import { DAY_MS } from '../../functions/chart/frames.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { CHART_POINTS } from '../../functions/shared/names.ts'
import { hiveSymbolOption } from '../cli/carry-options.ts'
import {
  addViewOptions,
  COMPUTING_OPTIONS,
  type MarketOptions,
  OFFERED_COMPUTING_OPTIONS,
  settingsOf,
} from '../cli/market-options.ts'
import { hiveNames, hiveSymbol } from '../cli/sequences.ts'
import { counted } from '../cli/table.ts'

interface Options extends MarketOptions {
  readonly symbol?: string
  readonly hive?: string
  readonly from?: string
  readonly to?: string
  readonly out: string
  readonly serve?: string | true
}

export function chartCommand(): Command {
  const command = new Command('chart')
    .description('draw candles and the Supertrend line as one HTML page')
    .argument('[file]', 'an enriched file; another file is enriched for the chart only')
    .option('--symbol <name>', 'the series to draw (default: the first)')
    .addOption(hiveSymbolOption())
    .option('--from <time>', 'ISO 8601, the first time to draw; without a zone as in the file')
    .option('--to <time>', 'ISO 8601, the last time to draw; a day without a time is drawn to its end')
    .option('--out <file>', 'where the page goes', 'chart.html')
    .option('--serve [port]', 'serve the page on this machine instead, with more detail when zooming in')
  return addViewOptions(command)
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      `
The page needs no network and no other file. It opens at the last bars. Of more than ${2 * CHART_POINTS} rows the page has
several levels of detail; the indicator of an aggregated bar is that of its last row. With --serve every part can be
seen row by row. For an enriched file its own values are drawn, and the options for computing
(${OFFERED_COMPUTING_OPTIONS.join(', ')}) are refused.

Exit code: 0 done; 2 the file or an option is refused; 1 anything else.`,
    )
    .action(async (file: string | undefined, options: Options & { json?: boolean }, command: Command) => {
      const { name, serve } = fileAndPort(file, options.serve)
      if (name === undefined) return command.error("error: missing required argument 'file'", MISSING_ARGUMENT)
      const settings = settingsOf(options)
      const [from, to] = [parseTime(options.from, '--from'), endOfDay(options.to, parseTime(options.to, '--to'))]
      if (from !== undefined && to !== undefined && from > to) {
        throw new RefusedError('settings', `--from ${options.from} is after --to ${options.to}; exchange them`)
      }
      const title = [hiveSymbol(name, hiveNames(options.hive)) ?? [], path.basename(name)].flat().join(' ')
      const request = { title, symbol: options.symbol, from, to, points: CHART_POINTS }
      const computing = COMPUTING_OPTIONS.filter((name) => options[name] !== undefined).map((name) => `--${name}`)
      const how = { settings, computing, prefix: options.prefix }
      const { serveChart, writeChart } = await import('../cli/chart-output.ts')
      if (serve !== undefined) return serveChart(name, how, request, portOf(serve))
      const result = await writeChart(name, how, request, options.out)
      const text = `${result.out}: ${counted(result.bars, 'bar')} of ${result.frame}, ${result.bytes} bytes; open it in a browser\n`
      const stream = options.out === '-' ? process.stderr : process.stdout
      stream.write(options.json ? `${JSON.stringify(result)}\n` : text)
    })
}

/** What commander itself answers when an argument is missing. */
const MISSING_ARGUMENT = { exitCode: 1, code: 'commander.missingArgument' }

/** `chart --serve FILE`: what follows the option is the file unless it is a port. */
function fileAndPort(file: string | undefined, serve: string | true | undefined) {
  const isFile = file === undefined && typeof serve === 'string' && !/^\d+$/.test(serve)
  return isFile ? { name: serve, serve: true as const } : { name: file, serve }
}

/** The last moment of a day that is given without a time. */
function endOfDay(text: string | undefined, time: number | undefined): number | undefined {
  return time !== undefined && text?.length === ISO_DAY_LENGTH ? time + DAY_MS - 1 : time
}

const ISO_DAY_LENGTH = '2024-01-31'.length

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:Z|([+-]\d\d):?(\d\d))?)?$/i

function parseTime(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  const [isIso, day, timeOfDay = '00:00', hours, minutes] = ISO_TIME.exec(text) ?? []
  // a time without a zone is read as UTC, in which the file's times are shown
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`
  const time = isIso === undefined ? Number.NaN : Date.parse(`${day}T${timeOfDay}${zone}`)
  // Date accepts February 30 as March 1
  if (Number.isNaN(time) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) {
    throw new RefusedError(
      'settings',
      `${option} is ${quoted(text)}; allowed is ISO 8601, such as 2024-01-31 or 2024-01-31T15:30`,
    )
  }
  return time
}

function portOf(serve: string | true): number {
  if (serve === true) return 0
  const port = Number(serve)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RefusedError('settings', `--serve is ${quoted(serve)}; allowed is a port from 0 (any) to 65535`)
  }
  return port
}
