/** Draws a file: writes a page, or serves one that can request more detail. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ChartRequest, chartData } from '../../functions/chart/chart-data.ts'
import { chartPage } from '../../functions/chart/chart-page.ts'
import { readPageParts } from '../../functions/chart/page-parts.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { type HowToRead, openEnriched } from './enriched-input.ts'
import type { InputFile } from './input-file.ts'
import { checkOutput, writeOutput } from './locations.ts'
import { printWarnings } from './run-command.ts'

const DETAIL_PATH = '/bars'

export async function writeChart(name: string, how: HowToRead, request: ChartRequest, out: string) {
  const { settings } = how
  await checkOutput(out)
  const { file, close } = await openEnriched(name, how)
  try {
    const data = await drawnData(file, name, settings, request)
    const page = new TextEncoder().encode(chartPage(data, await readPageParts()))
    await writeOutput(out, file, { layout: 'compacted', bytes: () => [page] })
    return { out, bars: data.times.length, rowsPerBar: data.rowsPerBar, bytes: page.length }
  } finally {
    await close()
  }
}

/** Reads the data, and prints the warnings of the enrichment to standard error. */
async function drawnData(file: InputFile, name: string, settings: EnrichSettings, request: ChartRequest) {
  const data = await chartData(file, settings, request)
  printWarnings(
    data.warnings.map((message) => ({ message })),
    name,
  )
  return data
}

/** Runs until Ctrl-C. */
export async function serveChart(name: string, how: HowToRead, request: ChartRequest, port: number): Promise<void> {
  const { settings } = how
  const { file, close } = await openEnriched(name, how)
  const parts = await readPageParts()
  const page = await drawnData(file, name, settings, request)
    .then((data) => chartPage(data, parts, DETAIL_PATH))
    .catch(async (error) => {
      await close()
      throw error
    })
  const server = createServer(async ({ url = '/', headers: { host } }, response) => {
    // a web site could resolve its own name to this machine (DNS rebinding) and read the file
    if (!isOwnHost(host, (server.address() as AddressInfo).port)) {
      response.writeHead(403).end()
      return
    }
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
    const time = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined)
    try {
      if (pathname === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(page)
      else if (pathname === DETAIL_PATH) {
        const data = await chartData(file, settings, { ...request, from: time('from'), to: time('to') })
        response.setHeader('content-type', 'application/json').end(JSON.stringify(data))
      } else response.writeHead(404).end()
    } catch (error) {
      if (error instanceof RefusedError) {
        response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(error.message)
        return
      }
      process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`)
      response.writeHead(500).end()
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve)).catch(
    (error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'is in use; name another one' : `cannot be used: ${error.message}`
      throw new RefusedError('settings', `--serve: the port ${port} ${what}`)
    },
  )
  const ended = new Promise<void>((resolve) => {
    // stays installed, so that a second or forwarded signal does not interrupt the orderly end
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
  const { port: taken } = server.address() as AddressInfo
  process.stdout.write(`http://127.0.0.1:${taken}/  (Ctrl-C ends it)\n`)
  await ended
  server.closeAllConnections()
  server.close()
  await close()
}

function isOwnHost(host: string | undefined, port: number): boolean {
  const names = ['127.0.0.1', 'localhost']
  // browsers omit port 80
  return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}
