/** What an audit says of one key: whether reconcile would find something to do. */
import { enrichSettingsOf, type FunctionSettings } from '../lambda/function-settings.ts'
import { type Identity, identityOf, isOutputOf, isReportOf, ownObject } from '../lambda/identity.ts'
import { keysOf } from '../lambda/keys.ts'
import { headObject, type ObjectHead } from '../storage/object-source.ts'
import type { S3Port } from '../storage/s3-client.ts'

/**
 * `fine`: the output is the one that the current object requires. `refused`: the report is.
 * `missing`: there is neither an output nor a report. `stale`: there is one, of another object, other settings or an older
 * engine. `orphaned-report`: a report whose input is gone, or beside a right output.
 * `waiting`: the object is too new to be judged. `skipped`: nothing has changed since the time that was given.
 * `gone`: nothing is there that should not be.
 */
export const VERDICTS = [
  'fine',
  'refused',
  'missing',
  'stale',
  'orphaned-report',
  'waiting',
  'skipped',
  'gone',
] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Judgement {
  readonly verdict: Verdict
  /** Of a refused file: why. */
  readonly code?: string | undefined
}

export interface Finding extends Judgement {
  /** Of the input. */
  readonly key: string
}

/** What reconcile has to look at again. */
export function needsRepair({ verdict }: Judgement): boolean {
  return verdict === 'missing' || verdict === 'stale' || verdict === 'orphaned-report'
}

/** The bucket, and what the function is set to do in it. */
export interface Audited {
  readonly s3: S3Port
  readonly bucket: string
  readonly settings: FunctionSettings
  readonly signal?: AbortSignal | undefined
}

/** The objects of one key as they are now. */
interface Seen {
  readonly source: ObjectHead | undefined
  readonly output: ObjectHead | undefined
  readonly report: ObjectHead | undefined
}

/** Own objects first, as reconcile does: what is found is then never older than the source. */
async function lookAt({ s3, bucket, settings, signal }: Audited, key: string): Promise<Seen> {
  const keys = keysOf(settings, key)
  const head = (key: string) => headObject(s3, { bucket, key }, signal)
  const [output, report] = await Promise.all([head(keys.output), head(keys.report)])
  return { source: await head(key), output, report }
}

export async function judgeKey(audited: Audited, key: string): Promise<Finding> {
  return { key, ...judge(audited, key, await lookAt(audited, key)) }
}

function judge({ bucket, settings }: Pick<Audited, 'bucket' | 'settings'>, key: string, seen: Seen): Judgement {
  const { source, output, report } = seen
  const ownOutput = output && ownObject(output)
  const ownReport = report && ownObject(report)
  if (!source) {
    if (ownReport) return { verdict: 'orphaned-report' }
    return { verdict: settings.onRemoved === 'remove' && ownOutput ? 'stale' : 'gone' }
  }
  const identity = requiredIdentity(settings, { bucket, key, ...source })
  const isForeign = output !== undefined && !ownOutput && !settings.overwriteForeign
  if (ownOutput && isOutputOf(ownOutput, identity)) return { verdict: ownReport ? 'orphaned-report' : 'fine' }
  if (ownReport && isReportOf(ownReport, identity, ownOutput, isForeign))
    return { verdict: 'refused', code: ownReport.code }
  return { verdict: ownOutput || ownReport ? 'stale' : 'missing' }
}

/** Whose output it is does not decide whether it is right. */
const ANY_DEPLOYMENT = { stack: '', number: 0 }

/** What the function would make of an object now. */
export function requiredIdentity(settings: FunctionSettings, source: Identity['source']): Identity {
  return identityOf(source, enrichSettingsOf(settings, source.key), ANY_DEPLOYMENT)
}
