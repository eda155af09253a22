/** Steps 5 and 6 of reconcile for a refused file: writes a report that states the reason and the remedy. */
import type { RefusalCode, RefusedError } from '../shared/errors.ts'
import { OBJECT_METADATA, VERSION } from '../shared/names.ts'
import { putObject } from '../storage/publish-object.ts'
import { identityMetadata, isOfNewerDeployment, isOfSource, isOutputOf, type OwnObject } from './identity.ts'
import { addressOf, find, isAsFound, isCurrent, removeOwn } from './objects.ts'
import type { Outcome } from './outcome.ts'
import type { ReadProgress } from './read-progress.ts'
import { areSecondariesRight, removeStraySecondaries, secondaryFailureOf } from './secondary-objects.ts'
import { type Found, LOOK_AGAIN, type Look, leftToNewer, type Work } from './work.ts'

const MISSING = 'another delivery wrote the output, and not yet the chart or the removed rows'

/** Refusals that do not depend on the file before: a repair before it does not change them. */
const OF_THE_FILE_ALONE: ReadonlySet<string> = new Set<RefusalCode>([
  'not-parquet',
  'encrypted',
  'corrupt',
  'unsupported',
  'columns',
  'time',
  'foreign-output',
  'access-denied',
  'kms-key',
  'customer-key',
  'archived',
  'too-slow',
  'failed-repeatedly',
])

function isAboutBeginning(code: string): boolean {
  return !OF_THE_FILE_ALONE.has(code)
}

/** @param progress number of rows that were read before the refusal */
export async function publishReport(
  work: Work,
  look: Look,
  refusal: RefusedError,
  progress: ReadProgress,
): Promise<Outcome | typeof LOOK_AGAIN> {
  const { identity, report: existing } = look
  const refused = { outcome: 'refused', code: refusal.code, reason: refusal.message } as const
  // another program's object has that key, and stays
  if (existing && !existing.own) return { ...refused, reportKey: undefined }
  const published = look.output ?? (await find(work, 'output'))
  // a quick look has not seen the output: the full look leaves the key to the newer deployment
  if (published?.own && isOfNewerDeployment(published.own, work.deployment)) return LOOK_AGAIN
  // nor the right output, beside which a chart may be missing
  if (!work.again && !look.output && published?.own && isOutputOf(published.own, identity)) return LOOK_AGAIN
  const bytes = reportOf(work, look, { refusal, progress, published })
  const compared = isAboutBeginning(refusal.code) ? await work.carry?.compared() : undefined
  const target = reportTarget(work, look, refusal, { published, compared })
  const { eTag } = await putObject(work.s3, target, bytes, work.signal)
  // 6. check after writing
  const seen = await find(work, 'output')
  const output = seen?.own
  if (output && eTag !== undefined) {
    const isNewer = isOfSource(output, look.source) && isOfNewerDeployment(output, work.deployment)
    const isRight = isOutputOf(output, identity)
    if (isNewer || isRight) {
      await removeOwn(work, 'report', eTag)
      return withoutReport(work, { ...look, output: seen }, output, isNewer)
    }
  }
  // an output that was written meanwhile is of an older object, and the report has to name it
  if (output?.source.eTag !== published?.own?.source.eTag) return LOOK_AGAIN
  const strays = await removeStraySecondaries(work)
  if (strays.hasChanged && !(await isAsFound(work, 'output', seen))) return LOOK_AGAIN
  const secondaryFailure = secondaryFailureOf(strays, target.metadata)
  const reportKey = work.keys.report
  return (await isCurrent(work, look.source)) ? { ...refused, reportKey, secondaryFailure } : LOOK_AGAIN
}

interface ReportBeside {
  /** The enriched file of an older object, which the report names. */
  readonly published: Found | undefined
  /** The earlier outputs that the file was compared with; undefined for none. */
  readonly compared: string | undefined
}

function reportTarget(work: Work, look: Look, { code }: RefusedError, { published, compared }: ReportBeside) {
  const { identity } = look
  const publishedFrom = published?.own?.source.eTag
  return {
    ...addressOf(work, 'report'),
    contentType: 'application/json',
    metadata: {
      ...identityMetadata(isAboutBeginning(code) ? identity : { ...identity, after: undefined }),
      [OBJECT_METADATA.request]: work.requestId,
      [OBJECT_METADATA.code]: code,
      ...(code === 'too-slow' && { [OBJECT_METADATA.timeout]: String(identity.timeoutSeconds) }),
      ...(code === 'before-previous' && identity.lookBack && { [OBJECT_METADATA.lookBack]: String(identity.lookBack) }),
      ...(publishedFrom !== undefined && { [OBJECT_METADATA.publishedFrom]: publishedFrom }),
      ...(compared !== undefined && { [OBJECT_METADATA.compared]: compared }),
    },
    onlyIf: look.report ?? ('new' as const),
  }
}

/** Another delivery wrote the right output, or a newer deployment wrote one, so this report is deleted again. */
async function withoutReport(work: Work, look: Look, output: OwnObject, isNewer: boolean): Promise<Outcome> {
  const outcome = isNewer ? 'superseded' : 'unchanged'
  const areRight = await areSecondariesRight(work, look)
  if (!areRight && isNewer) throw leftToNewer(work, 'it has to do what belongs beside the output')
  // this attempt was refused, so a message without its `again` and its verdict makes the chart
  const missing = { hasChanged: false, failure: areRight ? undefined : new Error(MISSING) }
  const secondaryFailure = secondaryFailureOf(missing, output.metadata)
  const outputKey = work.keys.output
  const { metadata, state: passesOn } = output
  return { outcome, outputKey, passesOn, metadata, secondaryFailure, mayBeNews: true }
}

interface Refused {
  readonly refusal: RefusedError
  readonly progress: ReadProgress
  readonly published: Found | undefined
}

function reportOf({ enrich, requestId, keys }: Work, { source }: Look, { refusal, progress, published }: Refused) {
  const { memoryBudgetBytes: _, ...settings } = enrich
  const { code, message: reason, warnings } = refusal
  const from = published?.own && { outputKey: keys.output, ...published.own.source }
  const report = {
    code,
    reason,
    warnings,
    source,
    // the enriched file that still exists was made from this older object
    publishedFrom: from,
    ...progress.read,
    settings,
    requestId,
    version: VERSION,
  }
  return Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`)
}
