/**
 * Brings a key to the state that its current object requires: an enriched file, or a report that states why there is
 * none.
 *
 * An event only names the key. Events arrive twice, late and out of order, several deliveries may work on one key at
 * the same time, and the function may be killed at any request. Step numbers are those of
 * docs/decisions/commit-protocol.md.
 */
import { printable, RefusedError } from '../shared/errors.ts'
import { openCurrentObject, openObject, SourceChangedError, SourceDeniedError } from '../storage/object-source.ts'
import { ConflictError, type UncertainWriteError } from '../storage/write-target.ts'
import {
  digestOf,
  identityOf,
  isForeignOutput,
  isOfNewerDeployment,
  isOfSource,
  isOfUpload,
  isOutputOf,
  isReportOf,
  isSameOutput,
} from './identity.ts'
import { addressOf, find, findSource, isAsFound, isCurrent, remove } from './objects.ts'
import type { Outcome } from './outcome.ts'
import { permanentFailure } from './permanent-failure.ts'
import { publishEnriched } from './publish-enriched.ts'
import { publishReport } from './publish-report.ts'
import { ReadProgress } from './read-progress.ts'
import {
  areSecondariesRight,
  haveStraySecondaries,
  removeSecondaries,
  removeStraySecondaries,
  secondaryFailureOf,
} from './secondary-objects.ts'
import { type Found, LOOK_AGAIN, type Look, leftToNewer, type Work } from './work.ts'

/** A key that changes more often than this within one reconcile is deferred. */
const MAX_LOOKS = 8

/**
 * @returns `deferred` when the object kept changing, which is no failure
 * @throws Error when trying again later may help; an UncertainWriteError may still take effect later
 */
export async function reconcile(work: Work): Promise<Outcome> {
  let mayHaveWritten = false
  let uncertain: UncertainWriteError | undefined
  const onUncertain = (error: UncertainWriteError) => {
    uncertain = error
  }
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    try {
      const outcome = await reconcileOnce({ ...work, onUncertain }, looks === 0 && work.isProbablyNewAndSmall)
      if (outcome !== LOOK_AGAIN) return { ...outcome, mayBeNews: mayHaveWritten || outcome.mayBeNews === true }
      mayHaveWritten = true
    } catch (error) {
      if (uncertain) throw uncertain
      // a backfill or an audit does not announce outputs that other deliveries wrote
      if (work.isRepair && error instanceof ConflictError && !error.mayBeOwn) continue
      // the SDK repeats a write whose answer was lost: the conflict may be with this delivery's own write
      if (error instanceof ConflictError) mayHaveWritten = true
      else if (!(error instanceof SourceChangedError)) throw error
    }
    // it may take effect after the next look
    if (uncertain) throw uncertain
  }
  return { outcome: 'deferred', reason: `the object changed during each of ${MAX_LOOKS} looks` }
}

async function reconcileOnce(work: Work, isQuick: boolean): Promise<Outcome | typeof LOOK_AGAIN> {
  // 1. and 2.
  const look = (isQuick ? await quickLook(work) : undefined) ?? (await fullLook(work))
  if (look === LOOK_AGAIN || 'outcome' in look) return look
  const { source, identity, output, report } = look
  const newer = [output, report].find((found) => found?.own && isOfNewerDeployment(found.own, work.deployment))
  if (newer) return leaveToNewer(work, look, newer)
  // 3. delete an outdated report, or one beside the right output, before any other step
  const isForeign = isForeignOutput(output, work)
  const isReportRight = report?.own !== undefined && isReportOf(report.own, identity, output?.own, isForeign)
  const isOutputRight = !work.again && output?.own !== undefined && isOutputOf(output.own, identity)
  if (report && (isOutputRight || !isReportRight)) await remove(work, 'report', report)
  // 4. the required output or report may exist already
  if (isOutputRight) return keepOutput(work, look)
  if (!work.again && isReportRight) {
    const strays = await removeStraySecondaries(work)
    if (strays.hasChanged && !(await isAsFound(work, 'output', output))) return LOOK_AGAIN
    const right = {
      ...described(work, look, report),
      secondaryFailure: secondaryFailureOf(strays, report.own!.metadata),
    }
    return (await isCurrent(work, source)) ? { outcome: 'unchanged', ...right } : LOOK_AGAIN
  }
  // 5. and 6.
  const progress = new ReadProgress()
  try {
    const verdict = work.verdict(source)
    if (verdict) throw verdict
    if (isForeign) throw foreignOutput(work)
    return await publishEnriched(work, look, progress)
  } catch (error) {
    const refusal = refusalIn(error)
    return publishReport(
      work,
      { ...look, report: isReportRight || !report?.own ? report : undefined },
      refusal,
      progress,
    )
  }
}

/** @throws the error itself when it does not last */
function refusalIn(error: unknown): RefusedError {
  const refusal = error instanceof RefusedError ? error : permanentFailure(error)
  if (!refusal) throw error
  return refusal
}

/**
 * A newer deployment wrote the output or the report. This deployment deletes its own report beside it, or throws until
 * SQS delivers the message to the newer deployment.
 */
async function leaveToNewer(work: Work, look: Look, newer: Found): Promise<Outcome> {
  const { output, report, source } = look
  const ask = (what: string) => leftToNewer(work, what)
  const isDone = newer === output ? isOfSource(newer.own!, source) : isOfUpload(newer.own!, source)
  if (!isDone) throw ask('it has to do the new object too')
  if (newer === output && report?.own) {
    if (isOfNewerDeployment(report.own, work.deployment)) throw ask('it has to take back its report')
    await remove(work, 'report', report)
  }
  if (newer === report && newer.own!.publishedFrom !== output?.own?.source.eTag) {
    throw ask('it has to name the older output in the report')
  }
  // a report that the file was too slow, beside the output that another delivery finished all the same
  if (newer === report && output?.own && isSameOutput(output.own, newer.own!))
    throw ask('it has to take back its report')
  const areRight = newer === output ? await areSecondariesRight(work, look) : !(await haveStraySecondaries(work))
  if (!areRight) throw ask('it has to do what belongs beside the output')
  return { outcome: 'superseded', ...described(work, look, newer) }
}

/** The fields of an outcome about an existing output or report. */
function described({ keys }: Work, { output }: Look, found: Found) {
  const { metadata, code } = found.own!
  const about = { metadata, modified: found.lastModified }
  return found === output
    ? { outputKey: keys.output, passesOn: found.own!.state, ...about }
    : { reportKey: keys.report, code, ...about }
}

/**
 * 1. Looks at the objects that the function wrote. 2. Then looks at the source, which is therefore not older than they
 * are.
 */
async function fullLook(work: Work): Promise<Look | Outcome | typeof LOOK_AGAIN> {
  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
  const source = await findSource(work)
  if (!source) return keepNothing(work, output, report)
  return {
    source,
    open: () => openObject(work.s3, source, work.signal),
    identity: identityOf(source, work.enrich, work.deployment, work.timeoutSeconds, work.carry),
    output,
    report,
  }
}

/**
 * Reads a new and small object at once, in parallel with the look for a report, which saves two round trips. The write
 * then has the condition that there is no output.
 * @returns undefined when the object or the report is not as expected, so that a full look is needed
 */
async function quickLook(work: Work): Promise<Look | undefined> {
  const reading = openCurrentObject(work.s3, addressOf(work, 'input'), work.signal).catch((error) => {
    // the full look finds the object that S3 denies
    if (error instanceof SourceDeniedError) return undefined
    throw error
  })
  const [report, current] = await Promise.all([find(work, 'report'), reading])
  if (report || !current) return undefined
  const { object: source, source: bytes } = current
  return {
    source,
    open: async () => bytes,
    identity: identityOf(source, work.enrich, work.deployment, work.timeoutSeconds, work.carry),
    output: undefined,
    report,
  }
}

/** The input was deleted: deletes its report, and its output if the settings require that. */
async function keepNothing(
  work: Work,
  output: Found | undefined,
  report: Found | undefined,
): Promise<Outcome | typeof LOOK_AGAIN> {
  if (report) await remove(work, 'report', report)
  if (output?.own && isOfNewerDeployment(output.own, work.deployment)) {
    throw leftToNewer(work, 'its settings say whether the output of a deleted object stays')
  }
  let mustLook = report !== undefined
  if (work.onRemoved === 'remove') {
    if (output) await remove(work, 'output', output)
    // also without an output: a delivery that was killed here had already deleted it
    const wereThere = await removeSecondaries(work)
    mustLook ||= output !== undefined || wereThere
  }
  // the same bytes may have been uploaded again meanwhile, and the deleted output was theirs
  const isBack = mustLook && (await findSource(work)) !== undefined
  const passesOn = work.onRemoved === 'remove' ? undefined : stateOfFrozen(work, output)
  return isBack ? LOOK_AGAIN : { outcome: 'gone', passesOn }
}

/** The output of a deleted object hands on its state, unless other settings made it. */
function stateOfFrozen({ enrich, carry }: Work, output: Found | undefined): string | undefined {
  return carry && output?.own?.digest === digestOf(enrich, carry) ? output.own.state : undefined
}

/** The output is right, and step 3 has deleted a report beside it. A chart or a file of removed rows may be missing. */
async function keepOutput(work: Work, look: Look): Promise<Outcome | typeof LOOK_AGAIN> {
  const { report, output, source } = look
  if (!(await areSecondariesRight(work, look))) {
    try {
      const verdict = work.verdict(source)
      if (verdict) throw verdict
      return await publishEnriched(work, look, new ReadProgress(), { isPublished: true })
    } catch (error) {
      return await keepOutputAlone(work, look, refusalIn(error))
    }
  }
  if (report && !(await isCurrent(work, source))) return LOOK_AGAIN
  // receivers of the notice about the report need one about the published file
  return { outcome: 'unchanged', ...described(work, look, output!), mayBeNews: report !== undefined }
}

/** The output is right, but this deployment cannot compute what belongs beside it. */
async function keepOutputAlone(work: Work, look: Look, refusal: RefusedError): Promise<Outcome | typeof LOOK_AGAIN> {
  const { report, output, source } = look
  const removed = await removeStraySecondaries(work)
  const isOther = removed.hasChanged && !(await isAsFound(work, 'output', output))
  if (isOther || (report && !(await isCurrent(work, source)))) return LOOK_AGAIN
  const failures = { ...removed, failure: removed.failure ?? refusal }
  const secondaryFailure = secondaryFailureOf(failures, output!.own!.metadata)
  return { outcome: 'unchanged', ...described(work, look, output!), mayBeNews: report !== undefined, secondaryFailure }
}

function foreignOutput({ bucket, keys }: Work): RefusedError {
  const what = `s3://${bucket}/${printable(keys.output, 1024)} is an object that this function did not write`
  return new RefusedError('foreign-output', `${what}; move it away, or set overwriteForeign to replace it`)
}
