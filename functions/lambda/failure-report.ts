/**
 * A file that will never be enriched as it is: a report beside the enriched files says what to do, and the message goes
 * to the dead-letter queue, where somebody is alarmed and from where it can be sent again.
 */
import type { RefusedError } from '../shared/errors.ts'
import { REJECTION_ATTRIBUTES, VERSION } from '../shared/names.ts'
import { headObject } from '../storage/object-source.ts'
import { deleteObject, putObject } from '../storage/publish-object.ts'
import { ConflictError, type WriteTarget } from '../storage/write-target.ts'
import { isCurrent, mayWrite, originMetadata, type Work } from './commit.ts'
import type { Outcome } from './outcome.ts'

export interface GiveUp {
  readonly requestId: string
  /** Whether the message comes back from the dead-letter queue: then it must go there again. */
  readonly isAgain: boolean
  send(attributes: Readonly<Record<string, string>>): Promise<void>
}

const COMMIT_ATTEMPTS = 5
/** SQS counts attributes towards the 256 KiB of a message. */
const MAX_REASON_LENGTH = 1000

/** How far the file was read before it was refused. */
export interface Progress {
  rowsRead: number
  /** Undefined when not even the footer could be read. */
  rows: number | undefined
}

/**
 * The report is written last: where it is, the message lies in the queue.
 * @throws Error when trying again later may help
 */
export async function reject(work: Work, error: RefusedError, progress: Progress, giveUp: GiveUp): Promise<Outcome> {
  const { s3, output, report, signal } = work
  const rejection: Outcome = { outcome: 'rejected', code: error.code, reason: error.message, reportKey: report.key }
  if (!(await isCurrent(work))) return { outcome: 'superseded' }
  const published = await mayWrite(work, await headObject(s3, output, signal))
  if (published !== 'write') return { outcome: published }

  let isSent = false
  for (let attempt = 1; ; attempt++) {
    const existing = await headObject(s3, report, signal)
    const decision = await mayWrite(work, existing)
    if (decision === 'superseded') return { outcome: 'superseded' }
    if (!isSent && (decision === 'write' || giveUp.isAgain)) {
      await giveUp.send({
        [REJECTION_ATTRIBUTES.code]: error.code,
        [REJECTION_ATTRIBUTES.reason]: error.message.slice(0, MAX_REASON_LENGTH),
      })
      isSent = true
    }
    if (decision === 'unchanged') return rejection
    try {
      const target: WriteTarget = {
        ...report,
        contentType: 'application/json',
        metadata: originMetadata(work.origin),
        onlyIf: existing ?? 'new',
      }
      const { eTag } = await putObject(s3, target, reportOf(work, error, progress, giveUp.requestId), signal)
      if (eTag !== undefined && !(await isCurrent(work))) {
        // a newer version may have been published meanwhile, and have looked for old reports before this one was there
        await deleteObject(s3, report, eTag)
        return { outcome: 'superseded' }
      }
      return rejection
    } catch (failure) {
      if (!(failure instanceof ConflictError) || attempt === COMMIT_ATTEMPTS) throw failure
    }
  }
}

function reportOf(
  { object, origin, settings }: Work,
  error: RefusedError,
  progress: Progress,
  requestId: string,
): Uint8Array {
  const { memoryBudgetBytes: _, ...enrichSettings } = settings.enrich
  const report = {
    code: error.code,
    reason: error.message,
    warnings: error.warnings,
    source: { ...object, sequencer: origin.sequencer },
    ...progress,
    settings: enrichSettings,
    requestId,
    version: VERSION,
  }
  return Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`)
}
