/** What becomes of an object. */
import type { Enriched } from '../enrich/enrich.ts'
import type { Quality } from '../market/quality/quality.ts'

export interface Enrichment {
  readonly outcome: 'enriched'
  readonly outputKey: string
  readonly layout: Enriched['layout']
  readonly columns: Enriched['columns']
  readonly newColumns: Enriched['newColumns']
  readonly quality: Quality
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly computeMs: number
  readonly publishMs: number
  readonly elapsedMs: number
  readonly peakMemoryMiB: number
}

interface Rejection {
  readonly outcome: 'rejected'
  readonly code: string
  readonly reason: string
  readonly reportKey: string
}

/** `unchanged`: done by an earlier delivery. `superseded`: something newer has taken the key. `gone`: deleted. */
export type Outcome = Enrichment | Rejection | { readonly outcome: 'unchanged' | 'superseded' | 'gone' }
