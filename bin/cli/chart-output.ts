/** Draws a file: into a page, or for a browser that asks for more. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type ChartRequest, chartData, isEnriched } from '../../functions/chart/chart-data.ts'
import { chartPage } from '../../functions/chart/chart-page.ts'
import { readPageParts } from '../../functions/chart/page-parts.ts'
import { type Enriched, enrich } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { checkOutput, type InputFile, openInput, writeOutput } from './locations.ts'
import { ProgressBar } from './progress-bar.ts'
import { temporaryFolder } from './temporary-folder.ts'

const DETAIL_PATH = '/bars'

export async function writeChart(name: string, settings: EnrichSettings, request: ChartRequest, out: string) {
  await checkOutput(out)
  const { file, close } = await openEnriched(name, settings)
  try {
    const data = await chartData(file, settings, request)
    const page = new TextEncoder().encode(chartPage(data, await readPageParts()))
    await writeOutput(out, file, { layout: 'compacted', bytes: () => [page] })
    return { out, bars: data.times.length, rowsPerBar: data.rowsPerBar, bytes: page.length }
  } finally {
    await close()
  }
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
  try {
    return await written(input, await enrich(input, settings, (rows, total) => bar.show(rows, total)))
  } finally {
    bar.clear()
    await input.close()
  }
}

async function written(input: InputFile, enriched: Enriched) {
  const { folder, remove } = await temporaryFolder()
  try {
    const place = path.join(folder, 'enriched.parquet')
    await writeOutput(place, input, enriched)
    const file = Object.assign(await openLocalFile(place), { isLocal: true })
    return { file, close: () => file.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  } finally {
    enriched.close()
  }
}

/** Runs until Ctrl-C. */
export async function serveChart(
  name: string,
  settings: EnrichSettings,
  request: ChartRequest,
  port: number,
): Promise<void> {
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
    // pressed twice, or passed on as well, it still ends in order
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
  server.closeAllConnections()
  server.close()
  await close()
}
