/**
 * One object, from the event that tells of it to its one right end: its enriched file is published, a newer one's is,
 * or somebody is told why there is none. May run twice, late, and beside another delivery of the same key.
 */

import { type Enriched, enrich, type NewPages } from '../enrich/enrich.ts'
import type { Quality } from '../market/quality/quality.ts'
import { RefusedError } from '../shared/errors.ts'
import { OBJECT_METADATA } from '../shared/names.ts'
import { peakMemoryMiB } from '../shared/peak-memory.ts'
import { currentObject, headObject, openObject, SourceChangedError } from '../storage/object-source.ts'
import { deleteObject, isOneRequest, PARQUET_CONTENT_TYPE, publishObject } from '../storage/publish-object.ts'
import type { S3Port } from '../storage/s3-client.ts'
import type { WriteTarget } from '../storage/write-target.ts'
import { commit, mayWrite, originMetadata, settingsDigest, type Work } from './commit.ts'
import { type GiveUp, type Progress, reject } from './failure-report.ts'
import type { FunctionSettings } from './function-settings.ts'
import type { ObjectCreated } from './object-created.ts'
import type { Outcome } from './outcome.ts'
import { publishChart } from './publish-chart.ts'

/**
 * @param giveUp where a file goes that will never be enriched as it is
 * @param newPages makes the place where the pages of the new columns wait
 * @throws Error when trying again later may help
 */
export async function enrichObject(
  s3: S3Port,
  settings: FunctionSettings,
  created: ObjectCreated,
  giveUp: GiveUp,
  signal: AbortSignal,
  newPages?: NewPages,
): Promise<Outcome> {
  try {
    const work = await workOf(s3, settings, created, signal)
    const progress: Progress = { rowsRead: 0, rows: undefined }
    try {
      return await publishEnriched(work, progress, newPages)
    } catch (error) {
      if (error instanceof RefusedError) return await reject(work, error, progress, giveUp)
      throw error
    }
  } catch (error) {
    if (error instanceof SourceChangedError) return { outcome: error.outcome }
    throw error
  }
}

async function workOf(
  s3: S3Port,
  settings: FunctionSettings,
  { bucket, key, eTag, size, versionId, sequencer }: ObjectCreated,
  signal: AbortSignal,
): Promise<Work> {
  const isKnown = eTag !== undefined && size !== undefined
  const object = isKnown ? { bucket, key, eTag, size, versionId } : await currentObject(s3, { bucket, key }, signal)
  const name = key.slice(settings.inputPrefix.length)
  return {
    s3,
    settings,
    object,
    origin: { eTag: object.eTag, versionId: object.versionId, sequencer, digest: settingsDigest(settings.enrich) },
    output: { bucket, key: `${settings.outputPrefix}${name}` },
    report: { bucket, key: `${settings.failurePrefix}${name}.json` },
    chart: settings.chartPrefix === undefined ? undefined : { bucket, key: `${settings.chartPrefix}${name}.html` },
    // nobody has dropped it just now: it is named by a backfill or a person
    looksFirst: !isKnown,
    signal,
  }
}

async function publishEnriched(work: Work, progress: Progress, newPages: NewPages | undefined): Promise<Outcome> {
  const { s3, settings, object, output, report, looksFirst, signal } = work
  const started = performance.now()
  const opening = looksFirst ? undefined : openObject(s3, object, signal)
  // it is awaited after the looks, if at all
  opening?.catch(() => {})
  // A small file is written on the condition that nothing is there, and only if something is, one looks what: mostly
  // that saves a request. The report of an older version's failure has to go when this one succeeds.
  const [oldReport, firstLook] = await Promise.all([
    headObject(s3, report, signal),
    isOneRequest(object) && !looksFirst ? undefined : headObject(s3, output, signal),
  ])
  const settled = async <T extends Outcome>(outcome: T): Promise<T> => {
    if (oldReport && outcome.outcome !== 'superseded') await deleteObject(s3, report, oldReport.eTag)
    return outcome
  }
  if (oldReport && (await mayWrite(work, oldReport)) === 'superseded') return { outcome: 'superseded' }
  const early = await mayWrite(work, firstLook)
  if (early !== 'write') return settled({ outcome: early })

  const source = await (opening ?? openObject(s3, object, signal))
  const read = (rowsRead: number, rows: number) => Object.assign(progress, { rowsRead, rows })
  const enriched = await enrich(source, settings.enrich, read, newPages)
  const computed = performance.now()
  try {
    await publishChart(work, source, enriched)
    const committed = await commit(work, output, firstLook, (onlyIf) =>
      publishObject(s3, object, source, outputTarget(work, enriched, onlyIf), enriched, signal),
    )
    if (committed.outcome !== 'written') return await settled({ outcome: committed.outcome })
    const done = performance.now()
    return await settled({
      outcome: 'enriched',
      outputKey: output.key,
      layout: enriched.layout,
      columns: enriched.columns,
      newColumns: enriched.newColumns,
      quality: enriched.quality,
      bytesRead: source.bytesRead,
      bytesWritten: committed.result.bytesWritten,
      computeMs: Math.round(computed - started),
      publishMs: Math.round(done - computed),
      elapsedMs: Math.round(done - started),
      peakMemoryMiB: peakMemoryMiB(),
    })
  } finally {
    enriched.close()
  }
}

function outputTarget({ origin, output }: Work, { quality }: Enriched, onlyIf: WriteTarget['onlyIf']): WriteTarget {
  return {
    ...output,
    contentType: PARQUET_CONTENT_TYPE,
    metadata: { ...originMetadata(origin), ...countsOf(quality) },
    onlyIf,
  }
}

function countsOf({ rowsRead, rowsWritten, duplicatesDropped }: Quality): Record<string, string> {
  return {
    [OBJECT_METADATA.rowsRead]: String(rowsRead),
    [OBJECT_METADATA.rowsWritten]: String(rowsWritten),
    [OBJECT_METADATA.duplicatesDropped]: String(duplicatesDropped),
  }
}
