/** Makes the event that announces the outcome of a file. */
import { NOTICE, OBJECT_METADATA } from '../shared/names.ts'
import type { Hint } from './hints.ts'
import type { Outcome } from './outcome.ts'

/**
 * Announces an output or a report that this delivery wrote, and one that it may have written. Its write may have met a write
 * of its own. It may have written during an earlier look. An earlier receive or attempt may have written and crashed before it
 * announced, also if a newer deployment wrote.
 * @param wasTriedBefore whether an earlier attempt may have written the output or the report
 * @returns undefined when there is nothing to announce
 */
export function noticeOf({ bucket, key, announced }: Hint, outcome: Outcome, wasTriedBefore: boolean) {
  if (outcome.outcome === 'enriched') {
    const { outputKey, layout, elapsedMs, quality, noticeFlips } = outcome
    const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings } = quality
    const counts = { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings }
    return { type: NOTICE.enriched, detail: { bucket, key, outputKey, layout, ...counts, elapsedMs, ...noticeFlips } }
  }
  if (outcome.outcome === 'refused') {
    const { code, reason, reportKey } = outcome
    return { type: NOTICE.refused, detail: { bucket, key, code, reason, reportKey } }
  }
  if (outcome.outcome !== 'unchanged' && outcome.outcome !== 'superseded') return undefined
  const { outputKey, reportKey, code, metadata } = outcome
  const isAnnounced = announced !== undefined && metadata !== undefined && announced === announcedSource(metadata)
  if (!outcome.mayBeNews && (!wasTriedBefore || isAnnounced)) return undefined
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

/** Names an output or a report that was announced, for a later message that must not announce it again. */
export function announcedSource(metadata: Readonly<Record<string, string>>): string {
  const { sourceETag, sourceModified, code } = OBJECT_METADATA
  return `${metadata[sourceETag]} ${metadata[sourceModified] ?? ''} ${metadata[code] ?? ''}`.trimEnd()
}
