/** The result of reconciling a key. */
import type { Enriched } from '../enrich/enrich.ts'
import type { Quality } from '../market/quality/quality.ts'
import type { NoticeFlips } from './notice-flips.ts'

export interface Enrichment {
  readonly outcome: 'enriched'
  readonly outputKey: string
  readonly layout: Enriched['layout']
  readonly columns: Enriched['columns']
  readonly newColumns: Enriched['newColumns']
  readonly quality: Quality
  /** For the notice; undefined when it lists none. */
  readonly noticeFlips?: NoticeFlips | undefined
  /** Bytes. */
  readonly bytesRead: number
  /** Bytes uploaded, without those that S3 copied. */
  readonly bytesWritten: number
  readonly computeMs: number
  readonly publishMs: number
  readonly elapsedMs: number
  readonly peakMemoryMiB: number
}

/** A file that is refused, and its report. */
interface Refusal {
  readonly outcome: 'refused'
  readonly code: string
  readonly reason: string
  /** Undefined: an object of another program has that key, so the report could not be written. */
  readonly reportKey: string | undefined
}

/** The output or the report was right already. `superseded`: a newer deployment wrote it. */
interface Unchanged {
  readonly outcome: 'unchanged' | 'superseded'
  readonly outputKey?: string
  /** User metadata of the output or the report. */
  readonly metadata?: Readonly<Record<string, string>>
  /** When the output or the report was written. */
  readonly modified?: Date | undefined
  readonly reportKey?: string
  readonly code?: string | undefined
}

/** `gone`: the object was deleted. `deferred`: it kept changing. */
type Nothing = { readonly outcome: 'gone' } | { readonly outcome: 'deferred'; readonly reason: string }

export type Outcome = (Enrichment | Refusal | Unchanged | Nothing) & {
  /** True when this delivery may have written the output or the report, or has made it the valid one. */
  readonly mayBeNews?: boolean
  /** Digest of the state that an output in a sequence passes on. */
  readonly passesOn?: string | undefined
  /** Undefined: the chart and the file of removed rows are right. */
  readonly secondaryFailure?: SecondaryFailure | undefined
}

/** A chart or a file of removed rows could not be written or deleted; the output or the report is published. */
interface SecondaryFailure {
  readonly error: unknown
  /** The source of the output or the report, as `announcedSource` names it. */
  readonly source: string
}
