/** Draws a file: writes a page, or serves one that can request more detail. */
import path from 'node:path'
import { type ChartData, type ChartRequest, dataOf, readChart } from '../../functions/chart/chart-data.ts'
import { type ChartFile, isEnriched, openChartFile } from '../../functions/chart/chart-file.ts'
import { chartPage, HTML_CONTENT_TYPE } from '../../functions/chart/chart-page.ts'
import { ChartSession } from '../../functions/chart/chart-session.ts'
import { readPageParts } from '../../functions/chart/page-parts.ts'
import { type Enriched, enrich } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { chartServer, serveUntilInterrupted } from './chart-server.ts'
import type { InputFile } from './input-file.ts'
import { checkOutput, openInput, writeOutput } from './locations.ts'
import { ProgressBar } from './progress-bar.ts'
import { printWarnings } from './run-command.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Settings for reading a file, and for enriching it if it is not enriched yet. */
interface ChartSettings {
  readonly settings: EnrichSettings
  /** The given options for computing. */
  readonly computing: readonly string[]
}

export async function writeChart(name: string, how: ChartSettings, request: ChartRequest, out: string) {
  const { settings } = how
  await checkOutput(out)
  const { file, close } = await openEnriched(name, how)
  try {
    const data = await withProgress(file, settings, async (chart) =>
      dataOf(await readChart(chart, settings, request), request),
    )
    warn(data, name)
    const page = new TextEncoder().encode(chartPage(data, await readPageParts()))
    await writeOutput(out, file, { layout: 'compacted', contentType: HTML_CONTENT_TYPE, bytes: () => [page] })
    // the whole series with the most bars
    const whole = data.series[0]!.levels.find(({ isWhole }) => isWhole)!
    return { out, bars: whole.times.length, frame: whole.frame, bytes: page.length }
  } finally {
    await close()
  }
}

/** Serves a page until Ctrl-C. */
export async function serveChart(name: string, how: ChartSettings, request: ChartRequest, port: number): Promise<void> {
  const { settings } = how
  const { file, close } = await openEnriched(name, how)
  try {
    const session = await withProgress(file, settings, (chart) => ChartSession.open(chart, settings, request))
    const data = session.data()
    warn(data, name)
    await serveUntilInterrupted(chartServer(session, chartPage(data, await readPageParts(), true)), port)
  } finally {
    await close()
  }
}

async function withProgress<T>(
  file: InputFile,
  settings: EnrichSettings,
  read: (chart: ChartFile) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(process.stderr)
  let isOpen = true
  const onRowsRead = (rows: number, total: number) => {
    if (isOpen) bar.show(rows, total)
  }
  try {
    return await read(await openChartFile(file, settings, onRowsRead))
  } finally {
    isOpen = false
    bar.clear()
  }
}

/** Prints the warnings of the enrichment to standard error. */
function warn({ warnings }: ChartData, name: string): void {
  printWarnings(
    warnings.map((message) => ({ message })),
    name,
  )
}

/** Opens the file if it is enriched; otherwise enriches it into a folder that `close` removes. */
async function openEnriched(
  name: string,
  { settings, computing }: ChartSettings,
): Promise<{ file: InputFile; close: () => Promise<void> }> {
  const input = await openInput(name)
  try {
    if (await isEnriched(input, settings.memoryBudgetBytes)) {
      if (computing.length > 0) {
        throw new RefusedError(
          'settings',
          `${computing.join(', ')}: ${quoted(name)} is already enriched, and its own values are drawn; leave the option out, or chart the original`,
        )
      }
      return { file: input, close: () => input.close() }
    }
  } catch (error) {
    await input.close()
    throw error
  }
  const bar = new ProgressBar(process.stderr)
  try {
    const enriched = await enrich(input, settings, (rows, total) => bar.show(rows, total))
    bar.clear()
    return await written(input, enriched)
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
