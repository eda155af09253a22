/** A page beside the enriched file, for whoever wants to see the trend in a browser. */

import type { Enriched } from '../enrich/enrich.ts'
import { concatBytes } from '../shared/concat-bytes.ts'
import { RefusedError } from '../shared/errors.ts'
import type { ObjectSource } from '../storage/object-source.ts'
import { headObject } from '../storage/object-source.ts'
import { putObject } from '../storage/publish-object.ts'
import { commit, originMetadata, type Work } from './commit.ts'

/** Larger files are not drawn: the enriched one is held in memory for it. */
const MAX_CHART_MIB = 16
const POINTS = 1500

/** Before the enriched file itself: once that is there, nobody comes again for the chart. */
export async function publishChart(work: Work, source: ObjectSource, enriched: Enriched): Promise<void> {
  const { s3, settings, object, chart, signal } = work
  if (chart === undefined || object.size > MAX_CHART_MIB * 2 ** 20) return
  // only who wants charts waits for them to load
  const [{ chartData }, { chartPage }, { readPageParts }] = await Promise.all([
    import('../chart/chart-data.ts'),
    import('../chart/chart-page.ts'),
    import('../chart/page-parts.ts'),
  ])
  const pieces: Uint8Array[] = enriched.layout === 'appended' ? [await source.slice(0, source.byteLength)] : []
  for await (const piece of enriched.bytes()) pieces.push(piece.slice())
  const whole = concatBytes(pieces)
  const file = {
    byteLength: whole.length,
    slice: async (start: number, end: number) => whole.subarray(start, end),
  }
  try {
    const title = object.key.split('/').at(-1)!
    const page = chartPage(await chartData(file, settings.enrich, { title, points: POINTS }), await readPageParts())
    const contentType = 'text/html; charset=utf-8'
    const metadata = originMetadata(work.origin)
    await commit(work, chart, await headObject(s3, chart, signal), (onlyIf) =>
      putObject(s3, { ...chart, contentType, metadata, onlyIf }, Buffer.from(page), signal),
    )
  } catch (error) {
    // too many rows out of order to be drawn in this memory: no reason to refuse the file
    if (!(error instanceof RefusedError)) throw error
  }
}
