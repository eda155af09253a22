/**
 * Steps 5 and 6 of reconcile for a file that can be enriched: writes the output, then the chart and the removed rows.
 */
import { type Enriched, enrich } from '../enrich/enrich.ts'
import { stateDigest } from '../market/carry/state-bytes.ts'
import type { Quality } from '../market/quality/quality.ts'
import { OBJECT_METADATA } from '../shared/names.ts'
import { peakMemoryMiB } from '../shared/peak-memory.ts'
import type { ObjectSource } from '../storage/object-source.ts'
import { PARQUET_CONTENT_TYPE, publishObject } from '../storage/publish-object.ts'
import { identityMetadata, isOfNewerDeployment, isOfSource, isOutputOf } from './identity.ts'
import { newestFlips } from './notice-flips.ts'
import { addressOf, find, isCurrent, remove } from './objects.ts'
import type { Outcome } from './outcome.ts'
import type { ReadProgress } from './read-progress.ts'
import { type SecondaryResult, secondaryFailureOf, writeSecondaries } from './secondary-objects.ts'
import { LOOK_AGAIN, type Look, type Work } from './work.ts'

/**
 * @param progress is advanced as rows are read
 * @param isPublished the output is right already: only the chart and the removed rows are written
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
  const carry = await work.carry?.open()
  const enriched = await enrich(source, work.enrich, progress.advance, work.newPages, carry)
  try {
    const computed = performance.now()
    const { state } = enriched
    if (state) work.carry?.onState(state)
    const passesOn = state && stateDigest(state)
    const target = outputTarget(work, look, enriched.quality, { passesOn, compared: await work.carry?.compared() })
    const publication = { input: look.source, source, target, output: enriched }
    const published = isPublished ? undefined : await publishObject(work.s3, publication, work.signal)
    const done = performance.now()
    const secondaries = await checkAfterWriting(work, look, { source, enriched, isWritten: !isPublished })
    if (secondaries === LOOK_AGAIN) return LOOK_AGAIN
    const common = {
      outputKey: work.keys.output,
      passesOn,
      secondaryFailure: secondaryFailureOf(secondaries, target.metadata),
    }
    if (!published) return { ...common, ...unchanged(look) }
    return {
      outcome: 'enriched',
      ...common,
      layout: enriched.layout,
      columns: enriched.columns,
      newColumns: enriched.newColumns,
      quality: enriched.quality,
      noticeFlips: await newestFlips(work, look, source, enriched, carry?.state && { ...carry, state: carry.state }),
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

/** What the metadata of an output say about its sequence. */
interface InSequence {
  /** Digest of the state that the output passes on; undefined for a file in no sequence. */
  readonly passesOn: string | undefined
  /** The earlier outputs that it was compared with; undefined for none. */
  readonly compared: string | undefined
}

function outputTarget(work: Work, look: Look, quality: Quality, { passesOn, compared }: InSequence) {
  return {
    ...addressOf(work, 'output'),
    contentType: PARQUET_CONTENT_TYPE,
    storageClass: work.storageClass,
    metadata: {
      ...identityMetadata(look.identity),
      [OBJECT_METADATA.request]: work.requestId,
      ...countsOf(quality),
      ...(passesOn !== undefined && { [OBJECT_METADATA.state]: passesOn }),
      ...(compared !== undefined && { [OBJECT_METADATA.compared]: compared }),
    },
    onlyIf: look.output ?? ('new' as const),
  }
}

interface Written {
  readonly source: ObjectSource
  readonly enriched: Enriched
  /** The output has just been written. */
  readonly isWritten: boolean
}

/**
 * 6. Checks after writing, and writes the objects beside the output.
 * @returns LOOK_AGAIN when the key has changed meanwhile
 */
async function checkAfterWriting(
  work: Work,
  look: Look,
  { source, enriched, isWritten }: Written,
): Promise<SecondaryResult | typeof LOOK_AGAIN> {
  if (isWritten && !(await settleReport(work, look))) return LOOK_AGAIN
  const secondaries = await writeSecondaries(work, look, source, enriched)
  if (secondaries.hasChanged && !(await isPublishedStill(work, look))) return LOOK_AGAIN
  const isReplaced = look.output !== undefined || look.report !== undefined
  // another delivery may have cleaned up after a deleted object before this write
  const mustCheck = isReplaced || work.onRemoved === 'remove'
  return mustCheck && !(await isCurrent(work, look.source)) ? LOOK_AGAIN : secondaries
}

/** The fields of an outcome about an output that was right already. */
function unchanged({ output, report }: Look) {
  const { lastModified: modified, own } = output!
  // receivers of the notice about the report need one about the published file
  return { outcome: 'unchanged' as const, metadata: own!.metadata, modified, mayBeNews: report !== undefined }
}

/**
 * @returns false when the report is of another object or of a newer deployment: the output may then be outdated as well
 */
async function settleReport(work: Work, { source }: Look): Promise<boolean> {
  const report = await find(work, 'report')
  if (!report?.own) return true
  if (!isOfSource(report.own, source) || isOfNewerDeployment(report.own, work.deployment)) return false
  await remove(work, 'report', report)
  return true
}

/** True when the current output is the one to which the new chart and removed rows belong. */
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
