/** Draws a file: writes a page, or serves one that can request more detail. */
import { type ChartData, type ChartRequest, dataOf, readChart } from '../../functions/chart/chart-data.ts'
import { type ChartFile, openChartFile } from '../../functions/chart/chart-file.ts'
import { chartPage, HTML_CONTENT_TYPE } from '../../functions/chart/chart-page.ts'
import { ChartSession } from '../../functions/chart/chart-session.ts'
import { readPageFiles } from '../../functions/chart/page-files.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { chartServer, serveUntilInterrupted } from './chart-server.ts'
import { type EnrichedInput, type HowToRead, openEnriched } from './enriched-input.ts'
import type { InputFile } from './input-file.ts'
import { checkApart, checkOutput, isMarketName } from './locations.ts'
import { ProgressBar } from './progress-bar.ts'
import { printWarnings } from './run-command.ts'
import { writeOutput } from './write-outputs.ts'

export async function writeChart(name: string, how: HowToRead, request: ChartRequest, out: string) {
  const { settings } = how
  await checkPlaceOfPage(out, name)
  const input = await openEnriched(name, how)
  const { file, close } = input
  try {
    const data = await withProgress(file, how, async (chart) =>
      dataOf(await readChart(chart, settings, request), request),
    )
    warn(data, name, input)
    const page = new TextEncoder().encode(chartPage(data, await readPageFiles()))
    await writeOutput(out, file, { layout: 'compacted', contentType: HTML_CONTENT_TYPE, bytes: () => [page] })
    // the whole series with the most bars
    const whole = data.series[0]!.levels.find(({ isWhole }) => isWhole)!
    return { out, bars: whole.times.length, frame: whole.frame, bytes: page.length }
  } finally {
    await close()
  }
}

/** @throws RefusedError `path` when the page would replace a market file */
async function checkPlaceOfPage(out: string, name: string): Promise<void> {
  await checkApart([out], '--out', [name], [])
  if (isMarketName(out)) {
    throw new RefusedError(
      'path',
      `--out is ${quoted(out)}, the name of a market file; the page is HTML, so give it the ending .html`,
    )
  }
  await checkOutput(out)
}

/** Serves a page until Ctrl-C. */
export async function serveChart(name: string, how: HowToRead, request: ChartRequest, port: number): Promise<void> {
  const { settings } = how
  const input = await openEnriched(name, how)
  const { file, close } = input
  try {
    const session = await withProgress(file, how, (chart) => ChartSession.open(chart, settings, request))
    const data = session.data()
    warn(data, name, input)
    await serveUntilInterrupted(chartServer(session, chartPage(data, await readPageFiles(), true)), port)
  } finally {
    await close()
  }
}

async function withProgress<T>(
  file: InputFile,
  { settings, prefix }: HowToRead,
  read: (chart: ChartFile) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(process.stderr)
  let isOpen = true
  const onRowsRead = (rows: number, total: number) => {
    if (isOpen) bar.show(rows, total)
  }
  try {
    return await read(await openChartFile(file, { ...settings, shownPrefix: prefix }, onRowsRead))
  } finally {
    isOpen = false
    bar.clear()
  }
}

/** Prints the warnings of the enrichment to standard error. */
function warn({ warnings }: ChartData, name: string, { wasEnriched }: EnrichedInput): void {
  // numbers of rows in them are those of the file before it was enriched
  const when = wasEnriched ? ' (found when the file was enriched)' : ''
  printWarnings(
    warnings.map((message) => ({ message: `${message}${when}` })),
    name,
  )
}
