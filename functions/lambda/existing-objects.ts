/**
 * Step 4 of reconcile: settles a key whose objects exist already. They are right, or a newer deployment wrote them, or
 * they are left of a deleted input.
 */
import type { RefusedError } from '../shared/errors.ts'
import { isOfNewerDeployment, isOfSource, isOfUpload, isSameOutput } from './identity.ts'
import type { LeftObjects } from './look.ts'
import { findSource, isAsFound, isCurrent, remove } from './objects.ts'
import type { Outcome } from './outcome.ts'
import { refusalIn } from './permanent-failure.ts'
import { publishEnriched } from './publish-enriched.ts'
import { ReadProgress } from './read-progress.ts'
import {
  areSecondariesRight,
  haveStraySecondaries,
  removeSecondaries,
  removeStraySecondaries,
  secondaryFailureOf,
} from './secondary-objects.ts'
import { type Found, LOOK_AGAIN, type Look, leftToNewer, type Work } from './work.ts'

/**
 * A newer deployment wrote the output or the report. This deployment deletes its own report beside it, or throws until
 * SQS delivers the message to the newer deployment.
 */
export async function leaveToNewer(work: Work, look: Look, newer: Found): Promise<Outcome> {
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

/** The input was deleted: deletes its report, and its output if the settings require that. An output that stays passes its state on. */
export async function keepNothing(work: Work, { output, report }: LeftObjects): Promise<Outcome | typeof LOOK_AGAIN> {
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
  const passesOn = work.onRemoved === 'remove' ? undefined : output?.own?.state
  return isBack ? LOOK_AGAIN : { outcome: 'gone', passesOn }
}

/** The output is right, and step 3 has deleted a report beside it. A chart or a file of removed rows may be missing. */
export async function keepOutput(work: Work, look: Look): Promise<Outcome | typeof LOOK_AGAIN> {
  const { report, output, source } = look
  if (!(await areSecondariesRight(work, look))) {
    try {
      const verdict = await work.verdict(source)
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

/** The report is right. A chart or a file of removed rows of an older output may have to go. */
export async function keepReport(work: Work, look: Look, report: Found): Promise<Outcome | typeof LOOK_AGAIN> {
  const { output, source } = look
  const strays = await removeStraySecondaries(work)
  if (strays.hasChanged && !(await isAsFound(work, 'output', output))) return LOOK_AGAIN
  const right = {
    ...described(work, look, report),
    secondaryFailure: secondaryFailureOf(strays, report.own!.metadata),
  }
  return (await isCurrent(work, source)) ? { outcome: 'unchanged', ...right } : LOOK_AGAIN
}

/** The fields of an outcome about an existing output or report. */
function described({ keys }: Work, { output }: Look, found: Found) {
  const { metadata, code } = found.own!
  const about = { metadata, modified: found.lastModified }
  return found === output
    ? { outputKey: keys.output, passesOn: found.own!.state, ...about }
    : { reportKey: keys.report, code, ...about }
}
