/**
 * Brings a key to the state that its current object requires: an enriched file, or a report that states why there is
 * none.
 *
 * An event only names the key. Events arrive twice, late and out of order, several deliveries may work on one key at
 * the same time, and the function may be killed at any request. Step numbers are those of
 * docs/decisions/commit-protocol.md.
 */
import { printable, RefusedError } from '../shared/errors.ts'
import { SourceChangedError } from '../storage/source-errors.ts'
import { ConflictError, type UncertainWriteError } from '../storage/write-target.ts'
import { keepNothing, keepOutput, keepReport, leaveToNewer } from './existing-objects.ts'
import { isForeignOutput, isOfNewerDeployment, isOutputOf, isReportOf, type OwnObject } from './identity.ts'
import { fullLook, quickLook } from './look.ts'
import { remove } from './objects.ts'
import type { Outcome } from './outcome.ts'
import { refusalIn } from './permanent-failure.ts'
import { publishEnriched } from './publish-enriched.ts'
import { publishReport } from './publish-report.ts'
import { ReadProgress } from './read-progress.ts'
import { LOOK_AGAIN, type Work } from './work.ts'

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
  if (look.source === undefined) return keepNothing(work, look)
  const { source, identity, output, report } = look
  const newer = [output, report].find((found) => found?.own && isOfNewerDeployment(found.own, work.deployment))
  if (newer) return leaveToNewer(work, look, newer)
  // 3. delete an outdated report, or one beside the right output, before any other step
  const isForeign = isForeignOutput(output, work)
  const isReportRight =
    report?.own !== undefined &&
    isReportOf(report.own, identity, output?.own, isForeign) &&
    (await isComparedWithThese(work, report.own))
  const isOutputRight =
    !work.again &&
    output?.own !== undefined &&
    isOutputOf(output.own, identity) &&
    (await isComparedWithThese(work, output.own))
  if (report && (isOutputRight || !isReportRight)) await remove(work, 'report', report)
  // 4. the required output or report may exist already
  if (isOutputRight) return keepOutput(work, look)
  if (!work.again && isReportRight) return keepReport(work, look, report)
  // 5. and 6.
  const progress = new ReadProgress()
  try {
    const verdict = await work.verdict(source)
    if (verdict) throw verdict
    if (isForeign) throw foreignOutput(work)
    return await publishEnriched(work, look, progress)
  } catch (error) {
    const refusal = refusalIn(error)
    const left = isReportRight || !report?.own ? report : undefined
    return publishReport(work, { ...look, report: left }, refusal, progress)
  }
}

/** Whether the earlier outputs that an output or a report was compared with are still the same. */
async function isComparedWithThese({ carry }: Work, { compared }: OwnObject): Promise<boolean> {
  if (!carry || compared === undefined) return true
  return compared === (await carry.compared(Number.parseInt(compared, 10)))
}

function foreignOutput({ bucket, keys }: Work): RefusedError {
  const what = `s3://${bucket}/${printable(keys.output, 1024)} is an object that this function did not write`
  return new RefusedError('foreign-output', `${what}; move it away, or set overwriteForeign to replace it`)
}
