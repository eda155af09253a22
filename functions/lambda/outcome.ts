/** What reconcile did with a key. */
import type { Enriched } from '../enrich/enrich.ts'
import type { Quality } from '../market/quality/quality.ts'

export interface Enrichment {
  readonly outcome: 'enriched'
  readonly outputKey: string
  readonly layout: Enriched['layout']
  readonly columns: Enriched['columns']
  readonly newColumns: Enriched['newColumns']
  readonly quality: Quality
  /** Bytes. */
  readonly bytesRead: number
  /** Bytes uploaded; those that S3 copied are not counted. */
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
  /** Undefined: an object of somebody else is there, and the report could not be written. */
  readonly reportKey: string | undefined
}

/** The output, or the report, was right already; `superseded`: a newer deployment did it. */
interface Unchanged {
  readonly outcome: 'unchanged' | 'superseded'
  readonly outputKey?: string
  /** Of the output or the report. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly reportKey?: string
  readonly code?: string | undefined
}

/** `gone`: the object was deleted. `deferred`: it kept changing. */
type Nothing = { readonly outcome: 'gone' } | { readonly outcome: 'deferred'; readonly reason: string }

export type Outcome = (Enrichment | Refusal | Unchanged | Nothing) & {
  /** Whether the output or the report may be there because of this delivery, or is what the key requires since it. */
  readonly mayBeNews?: boolean
  /** Undefined: the chart and the file of removed rows are as they should be. */
  readonly secondaryFailure?: SecondaryFailure | undefined
}

/** A chart or a file of removed rows could not be written or deleted; the output or the report is published. */
interface SecondaryFailure {
  readonly error: unknown
  /** What the output or the report was made from, as `announcedSource` names it. */
  readonly source: string
}
