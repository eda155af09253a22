/** The event of an audit: its mode, and the findings that one invocation hands to the next. */
import * as z from 'zod'
import { type Finding, isUnsettled, VERDICTS, type Verdict } from './judge-key.ts'

const keyCount = z.int().nonnegative()

export const auditEvent = z.strictObject({
  /** `changed`: only keys that changed in the last two days, and keys whose input is newer than their output. */
  mode: z.enum(['all', 'changed']),
  /** Left out: the bucket of the environment. */
  bucket: z.string().min(1).optional(),
  /** Time of the first invocation. */
  startedAt: z.iso.datetime().optional(),
  /** The key at which the invocation before this one stopped. */
  startAfter: z.string().optional(),
  /** The number of the invocation within this audit, from 1 on. */
  invocation: keyCount.default(1),
  counts: z.partialRecord(z.enum(VERDICTS), keyCount).default({}),
  refusedByCode: z.record(z.string(), keyCount).default({}),
  /** Keys that were sent to the queue of repairs. */
  repairs: keyCount.default(0),
})

export type AuditEvent = z.output<typeof auditEvent>

/** Verdicts with a metric; the others need no operator. */
export const COUNTED_VERDICTS = ['missing', 'stale', 'orphaned-report', 'foreign', 'unreadable', 'refused'] as const

/** The findings so far. */
export class Tally {
  readonly counts: Partial<Record<Verdict, number>>
  readonly refusedByCode: Record<string, number>

  constructor(
    { counts, refusedByCode }: Pick<AuditEvent, 'counts' | 'refusedByCode'> = { counts: {}, refusedByCode: {} },
  ) {
    this.counts = { ...counts }
    this.refusedByCode = { ...refusedByCode }
  }

  add({ verdict, code }: Finding): void {
    this.counts[verdict] = this.of(verdict) + 1
    if (verdict !== 'refused') return
    const known = code ?? 'unknown'
    this.refusedByCode[known] = (this.refusedByCode[known] ?? 0) + 1
  }

  of(verdict: Verdict): number {
    return this.counts[verdict] ?? 0
  }

  /** The number of keys that are not as their current object requires, or that could not be judged. */
  get unsettled(): number {
    return VERDICTS.filter(isUnsettled).reduce((sum, verdict) => sum + this.of(verdict), 0)
  }
}
