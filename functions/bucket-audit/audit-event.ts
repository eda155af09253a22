/** The event of an audit: its mode, and the findings that one invocation hands to the next. */
import * as z from 'zod'
import { type Finding, isUnsettled, VERDICTS, type Verdict } from './judge-key.ts'
import { type SequencesBehind, sequencesBehind, withFinding } from './sequences-behind.ts'

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
  /** Only where files continue each other. */
  behind: sequencesBehind.default({ count: 0, named: [] }),
  /** Keys that were sent to the queue of repairs. */
  repairs: keyCount.default(0),
})

export type AuditEvent = z.output<typeof auditEvent>

/** Verdicts with a metric; the others need no operator. */
export const COUNTED_VERDICTS = ['missing', 'stale', 'orphaned-report', 'foreign', 'unreadable', 'refused'] as const

/** The findings of earlier invocations. */
interface FoundBefore extends Partial<Pick<AuditEvent, 'counts' | 'refusedByCode'>> {
  readonly behind?: SequencesBehind | undefined
}

/** The findings so far. */
export class Tally {
  readonly counts: Partial<Record<Verdict, number>>
  readonly refusedByCode: Record<string, number>
  behind: SequencesBehind

  constructor({ counts, refusedByCode, behind }: FoundBefore = {}) {
    this.counts = { ...counts }
    this.refusedByCode = { ...refusedByCode }
    this.behind = behind ?? { count: 0, named: [] }
  }

  add(finding: Finding): void {
    const { verdict, code } = finding
    this.behind = withFinding(this.behind, finding)
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
