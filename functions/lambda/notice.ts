/** The event that tells others what happened to a file. */
import { NOTICE, OBJECT_METADATA } from '../shared/names.ts'
import type { Hint } from './hints.ts'
import type { Outcome } from './outcome.ts'

/**
 * Who waits for a file is told when this delivery wrote it, and when it may have: its write met one that may have been its
 * own, it wrote in a look before the last one, or an earlier receive may have written the file and crashed before the
 * notice, even if a newer deployment did.
 */
export function noticeOf({ bucket, key, announced }: Hint, outcome: Outcome, wasReceivedBefore: boolean) {
  if (outcome.outcome === 'enriched') {
    const { outputKey, layout, elapsedMs, quality } = outcome
    const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings } = quality
    const counts = { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings }
    return { type: NOTICE.enriched, detail: { bucket, key, outputKey, layout, ...counts, elapsedMs } }
  }
  if (outcome.outcome === 'refused') {
    const { code, reason, reportKey } = outcome
    return { type: NOTICE.refused, detail: { bucket, key, code, reason, reportKey } }
  }
  if (outcome.outcome !== 'unchanged' && outcome.outcome !== 'superseded') return undefined
  const { outputKey, reportKey, code, metadata } = outcome
  const isAnnounced = announced !== undefined && metadata !== undefined && announced === announcedSource(metadata)
  if (!outcome.mayBeNews && (!wasReceivedBefore || isAnnounced)) return undefined
  if (outputKey === undefined) return { type: NOTICE.refused, detail: { bucket, key, code, reportKey } }
  const count = (name: string) => (metadata?.[name] === undefined ? undefined : Number(metadata[name]))
  const { rowsRead, rowsWritten, duplicatesDropped } = OBJECT_METADATA
  const counts = {
    rowsRead: count(rowsRead),
    rowsWritten: count(rowsWritten),
    duplicatesDropped: count(duplicatesDropped),
  }
  return { type: NOTICE.enriched, detail: { bucket, key, outputKey, ...counts } }
}

/** The source of an output, for a later message: what was announced of it need not be announced again. */
export function announcedSource(output: Readonly<Record<string, string>>): string {
  return `${output[OBJECT_METADATA.sourceETag]} ${output[OBJECT_METADATA.sourceModified] ?? ''}`
}
