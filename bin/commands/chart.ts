/** `chart`: the trend as a page for the browser. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Command } from 'commander'
import { type ChartRequest, chartData, isEnriched } from '../../functions/chart/chart-data.ts'
import { chartPage } from '../../functions/chart/chart-page.ts'
import { readPageParts } from '../../functions/chart/page-parts.ts'
import { enrich } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { checkOutput, type InputFile, openInput, temporaryFolder, writeOutput } from '../cli/locations.ts'
import { addMarketOptions, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { ProgressBar } from '../cli/progress-bar.ts'

/** A wide screen shows as many candles as can be told apart. */
const POINTS = 1500
const DETAIL_PATH = '/bars'

interface Options extends MarketOptions {
  readonly symbol?: string
  readonly from?: string
  readonly to?: string
  readonly out: string
  readonly serve?: string | true
}

export function chartCommand(): Command {
  const command = new Command('chart')
    .description('draw candles and the Supertrend line as one HTML page')
    .argument('<file>', 'an enriched file; another one is enriched for the chart, and stays as it is')
    .option('--symbol <name>', 'the series to draw (default: the first)')
    .option('--from <time>', 'ISO 8601, the first time to draw')
    .option('--to <time>', 'ISO 8601, the last time to draw')
    .option('--out <file>', 'where the page goes', 'chart.html')
    .option('--serve [port]', 'serve the page on this machine instead, which loads detail where one zooms in')
  return addMarketOptions(command)
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      `
The page needs no network and no other file. At most ${2 * POINTS} bars are drawn; more rows are put together, the
indicator of a bar being that of its last row.

Exit code: 0 done; 2 the file or an option is refused; 1 anything else.`,
    )
    .action(async (name: string, options: Options & { json?: boolean }) => {
      const settings = settingsOf(options)
      const [from, to] = [parseTime(options.from, '--from'), parseTime(options.to, '--to')]
      const request = { title: path.basename(name), symbol: options.symbol, from, to, points: POINTS }
      if (options.serve !== undefined) return serve(name, settings, request, portOf(options.serve))
      await checkOutput(options.out)
      const { file, close } = await openEnriched(name, settings)
      try {
        const data = await chartData(file, settings, request)
        const page = new TextEncoder().encode(chartPage(data, await readPageParts()))
        await writeOutput(options.out, file, { layout: 'compacted', bytes: () => [page] })
        const { rowsPerBar, times } = data
        const result = { out: options.out, bars: times.length, rowsPerBar, bytes: page.length }
        const text = `${options.out}: ${times.length} bars of ${rowsPerBar} rows, ${page.length} bytes; open it in a browser\n`
        const stream = options.out === '-' ? process.stderr : process.stdout
        stream.write(options.json ? `${JSON.stringify(result)}\n` : text)
      } finally {
        await close()
      }
    })
}

function parseTime(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  // without a zone as UTC, as the file's times are shown
  const time = Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) || !text.includes('T') ? text : `${text}Z`)
  if (Number.isNaN(time)) {
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

/** The file itself if it is enriched, else what enriching gives, in a folder that `close` removes. */
async function openEnriched(
  name: string,
  settings: EnrichSettings,
): Promise<{ file: InputFile; close: () => Promise<void> }> {
  const input = await openInput(name)
  try {
    if (await isEnriched(input, settings.memoryBudgetBytes)) return { file: input, close: () => input.close() }
  } catch (error) {
    await input.close()
    throw error
  }
  const bar = new ProgressBar(process.stderr)
  const { folder, remove } = await temporaryFolder()
  try {
    const enriched = await enrich(input, settings, (rows, total) => bar.show(rows, total))
    const place = path.join(folder, 'enriched.parquet')
    await writeOutput(place, input, enriched).finally(enriched.close)
    const file = Object.assign(await openLocalFile(place), { isLocal: true })
    return { file, close: () => file.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  } finally {
    bar.clear()
    await input.close()
  }
}

/** Runs until Ctrl-C. */
async function serve(name: string, settings: EnrichSettings, request: ChartRequest, port: number): Promise<void> {
  const { file, close } = await openEnriched(name, settings)
  const parts = await readPageParts()
  const page = chartPage(await chartData(file, settings, request), parts, DETAIL_PATH)
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
    const time = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined)
    try {
      if (pathname === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(page)
      else if (pathname === DETAIL_PATH) {
        const data = await chartData(file, settings, { ...request, from: time('from'), to: time('to') })
        response.setHeader('content-type', 'application/json').end(JSON.stringify(data))
      } else response.writeHead(404).end()
    } catch (error) {
      process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`)
      response.writeHead(500).end()
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve)).catch(
    (error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'is taken; name another one' : `cannot be used: ${error.message}`
      throw new RefusedError('settings', `--serve: the port ${port} ${what}`)
    },
  )
  const { port: taken } = server.address() as AddressInfo
  process.stdout.write(`http://127.0.0.1:${taken}/  (Ctrl-C ends it)\n`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  server.closeAllConnections()
  server.close()
  await close()
}
