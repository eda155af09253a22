/** Judges one key: decides whether reconcile would change something. */
import { enrichSettingsOf, type FunctionSettings } from '../lambda/function-settings.ts'
import {
  type Identity,
  identityOf,
  isForeignOutput,
  isOutputOf,
  isReportOf,
  type OwnObject,
} from '../lambda/identity.ts'
import { keysOf, settingsFor } from '../lambda/keys.ts'
import { findInput, findWritten, type Place } from '../lambda/objects.ts'
import { sequenceOf } from '../lambda/sequences.ts'
import type { Found } from '../lambda/work.ts'
import type { S3Object } from '../storage/s3-client.ts'
import { isDenied } from '../storage/source-errors.ts'

export const VERDICTS = [
  /** The output is the one that the current object requires. */
  'fine',
  /** The report is the one that the current object requires. */
  'refused',
  /** There is neither an output nor a report. */
  'missing',
  /**
   * The output or the report is of another object, other settings or an older engine, or was written before
   * `madeSince`.
   */
  'stale',
  /** The input of a report is gone, or a report is beside the right output. */
  'orphaned-report',
  /** Another program's object is at the key of the output or of the report. */
  'foreign',
  /** S3 does not let the audit see an object of the key. */
  'unreadable',
  /** The object is too new to be judged. */
  'waiting',
  /** Nothing has changed since the time that was given. */
  'skipped',
  /** Nothing is there, and nothing should be. */
  'gone',
] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Judgement {
  readonly verdict: Verdict
  /** The code of a refusal, or a finer verdict. */
  readonly code?: string | undefined
}

export interface Finding extends Judgement {
  /** Of the input. */
  readonly key: string
  /** The beginning of all keys of its sequence; undefined: it is in none. */
  readonly sequence?: string | undefined
  /** Of an output in a sequence: digests of the state that it continues from, and of the one that it passes on. */
  readonly link?: { readonly after: string | undefined; readonly state: string } | undefined
}

/** Whether a key has neither the output nor the report that it requires, or has a report too many. */
export function isUnsettled(verdict: Verdict): boolean {
  return needsRepair({ verdict }) || verdict === 'foreign' || verdict === 'unreadable'
}

/**
 * Whether reconcile can settle the key. Behind a foreign output it writes a report; a foreign object at the key of the
 * report stays, and each attempt would end in another dead letter.
 */
export function needsRepair({ verdict, code }: Judgement): boolean {
  if (verdict === 'foreign') return code === 'foreign-output'
  return verdict === 'missing' || verdict === 'stale' || verdict === 'orphaned-report'
}

/** The bucket, and the settings of the function. */
export interface Audited extends Place {
  readonly settings: FunctionSettings
  /** Of the function. Undefined: a report `too-slow` of a shorter one counts as right, which a backfill would replace. */
  readonly timeoutSeconds?: number
}

/** The objects of one key as they are now. */
interface Seen {
  readonly source: S3Object | undefined
  readonly output: Found | undefined
  readonly report: Found | undefined
}

/**
 * @param madeSince an output or a report that was written before this time is stale, even if it is right; undefined:
 * none
 * @returns `unreadable` when S3 denies the audit an object of the key
 */
export function judgeKey(audited: Audited, key: string, madeSince?: Date): Promise<Finding> {
  const judging = async () => {
    const seen = await seenObjects(audited, key)
    return { key, ...judge(audited, key, seen, madeSince), ...linkInSequence(seen.output?.own) }
  }
  return orUnreadable(key, judging())
}

/** @returns the fields of a finding about an output in a sequence */
export function linkInSequence(own: OwnObject | undefined): Pick<Finding, 'link'> {
  return own?.state === undefined ? {} : { link: { after: own.after, state: own.state } }
}

/** Turns a denied request into a finding, so that one denied object does not end the audit of the other keys. */
export function orUnreadable<T>(key: string, judging: Promise<T>): Promise<T | Finding> {
  return judging.catch((error) => {
    if (!isDenied(error)) throw error
    return { key, verdict: 'unreadable' as const }
  })
}

/** Looks at the own objects first, as reconcile does: they are then never newer than the source. */
async function seenObjects(audited: Audited, key: string): Promise<Seen> {
  const keys = keysOf(audited.settings, key)
  const [output, report] = await Promise.all([findWritten(audited, keys.output), findWritten(audited, keys.report)])
  return { source: await findInput(audited, key), output, report }
}

function judge({ settings, timeoutSeconds }: Audited, key: string, seen: Seen, madeSince: Date | undefined): Judgement {
  const { source, output, report } = seen
  if (!source) {
    if (report?.own) return { verdict: 'orphaned-report' }
    return { verdict: settings.onRemoved === 'remove' && output?.own ? 'stale' : 'gone' }
  }
  const identityFor = (own: OwnObject) => ({
    ...requiredIdentity(settings, { ...source, key }, own),
    timeoutSeconds: timeoutSeconds ?? 0,
  })
  const isForeign = isForeignOutput(output, settings)
  if (output?.own && isOutputOf(output.own, identityFor(output.own))) {
    if (report?.own) return { verdict: 'orphaned-report' }
    return isOlder(output, madeSince) ? NOT_MADE_AGAIN : { verdict: 'fine' }
  }
  if (report?.own && isReportOf(report.own, identityFor(report.own), output?.own, isForeign)) {
    return isOlder(report, madeSince) ? NOT_MADE_AGAIN : { verdict: 'refused', code: report.own.code }
  }
  if (report && !report.own) return { verdict: 'foreign', code: 'foreign-report' }
  if (output?.own || report?.own) return { verdict: 'stale' }
  return isForeign ? { verdict: 'foreign', code: 'foreign-output' } : { verdict: 'missing' }
}

const NOT_MADE_AGAIN = { verdict: 'stale', code: 'not-made-again' } as const

/** A time of S3 has whole seconds. */
function isOlder({ lastModified }: Found, since: Date | undefined): boolean {
  return since !== undefined && lastModified !== undefined && unixSeconds(lastModified) < unixSeconds(since)
}

export function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

/** An output of any deployment can be right. */
const ANY_DEPLOYMENT = { stack: '', number: 0 }

/**
 * @param own the output or the report that is there: in a sequence, the state that it continues is not judged key by key
 * @returns the identity of the output or the report that the function would write for an object now
 */
export function requiredIdentity(all: FunctionSettings, source: Identity['source'], { after }: OwnObject): Identity {
  const settings = settingsFor(all, source.key)
  const isCarried = sequenceOf(settings, source.key) !== undefined
  const carried = isCarried ? { ...settings.carry, after: after ?? '' } : undefined
  return { ...identityOf(source, enrichSettingsOf(settings, source.key), ANY_DEPLOYMENT, 0, carried), after }
}
