/** Steps 5 and 6 of reconcile for a file that can be enriched: writes the output, and then whatever belongs beside it. */
import { enrich } from '../enrich/enrich.ts'
import type { Quality } from '../market/quality/quality.ts'
import { OBJECT_METADATA } from '../shared/names.ts'
import { peakMemoryMiB } from '../shared/peak-memory.ts'
import { PARQUET_CONTENT_TYPE, publishObject } from '../storage/publish-object.ts'
import { identityMetadata, isOfNewerDeployment, isOfSource, isOutputOf } from './identity.ts'
import { addressOf, find, isCurrent, remove } from './objects.ts'
import type { Outcome } from './outcome.ts'
import type { ReadProgress } from './read-progress.ts'
import { secondaryFailureOf, writeSecondaries } from './secondary-objects.ts'
import { LOOK_AGAIN, type Look, type Work } from './work.ts'

/**
 * @param progress is advanced as rows are read
 * @param isPublished the output is right already: only what belongs beside it is written
 * @throws RefusedError when the file cannot be enriched
 */
export async function publishEnriched(
  work: Work,
  look: Look,
  progress: ReadProgress,
  { isPublished = false } = {},
): Promise<Outcome | typeof LOOK_AGAIN> {
  const started = performance.now()
  const source = await look.open()
  const enriched = await enrich(source, work.enrich, progress.advance, work.newPages)
  try {
    const computed = performance.now()
    const target = {
      ...addressOf(work, 'output'),
      contentType: PARQUET_CONTENT_TYPE,
      storageClass: work.storageClass,
      metadata: { ...identityMetadata(look.identity), ...countsOf(enriched.quality) },
      onlyIf: look.output ?? ('new' as const),
    }
    const publication = { input: look.source, source, target, output: enriched }
    const published = isPublished ? undefined : await publishObject(work.s3, publication, work.signal)
    const done = performance.now()
    // 6. check after writing
    if (published && !(await settleReport(work, look))) return LOOK_AGAIN
    const secondaries = await writeSecondaries(work, look, source, enriched)
    if (secondaries.hasChanged && !(await isPublishedStill(work, look))) return LOOK_AGAIN
    const isReplaced = look.output !== undefined || look.report !== undefined
    // whoever removed what belongs to a deleted object may have come before this write
    const mustCheck = isReplaced || work.onRemoved === 'remove'
    if (mustCheck && !(await isCurrent(work, look.source))) return LOOK_AGAIN

    const outputKey = work.keys.output
    const secondaryFailure = secondaryFailureOf(secondaries, target.metadata)
    if (!published) {
      // whoever was told of the report is told that the file is published after all
      const mayBeNews = look.report !== undefined
      return { outcome: 'unchanged', outputKey, secondaryFailure, metadata: target.metadata, mayBeNews }
    }
    return {
      outcome: 'enriched',
      outputKey,
      secondaryFailure,
      layout: enriched.layout,
      columns: enriched.columns,
      newColumns: enriched.newColumns,
      quality: enriched.quality,
      bytesRead: source.bytesRead,
      bytesWritten: published.bytesWritten,
      computeMs: Math.round(computed - started),
      publishMs: Math.round(done - computed),
      elapsedMs: Math.round(performance.now() - started),
      peakMemoryMiB: peakMemoryMiB(),
    }
  } finally {
    enriched.close()
  }
}

/** @returns false when the report is of another object or of a newer deployment: then the output, too, may be of the past */
async function settleReport(work: Work, { source }: Look): Promise<boolean> {
  const report = await find(work, 'report')
  if (!report?.own) return true
  if (!isOfSource(report.own, source) || isOfNewerDeployment(report.own, work.deployment)) return false
  await remove(work, 'report', report)
  return true
}

/** Whether what was written beside the output belongs to what is there. */
async function isPublishedStill(work: Work, { identity }: Look): Promise<boolean> {
  const output = (await find(work, 'output'))?.own
  return output !== undefined && isOutputOf(output, identity) && !isOfNewerDeployment(output, work.deployment)
}

function countsOf({ rowsRead, rowsWritten, duplicatesDropped }: Quality): Record<string, string> {
  return {
    [OBJECT_METADATA.rowsRead]: String(rowsRead),
    [OBJECT_METADATA.rowsWritten]: String(rowsWritten),
    [OBJECT_METADATA.duplicatesDropped]: String(duplicatesDropped),
  }
}
