/** Runs an audit on the command line: prints a line for each key that needs attention, and the counts. */
import { type AuditOptions, auditBucket } from '../../functions/bucket-audit/audit-bucket.ts'
import { COUNTED_VERDICTS, Tally } from '../../functions/bucket-audit/audit-event.ts'
import { isUnsettled } from '../../functions/bucket-audit/judge-key.ts'
import { Repairs } from '../../functions/bucket-audit/repairs.ts'
import { AUDIT_METRICS } from '../../functions/shared/names.ts'
import { sendAll } from '../../functions/storage/message-queue.ts'
import type { Operated } from './look-again.ts'
import { shown } from './shown.ts'

export interface PrintedAuditOptions extends AuditOptions {
  /** Sends keys that are missing, stale or orphaned to the queue `repairs`. */
  readonly repair?: boolean
  /** Prints each line as a JSON object. */
  readonly json?: boolean
}

/** Prints each key that is refused or not as it should be, and at the end the counts. */
export async function printAudit(operated: Operated, options: PrintedAuditOptions): Promise<Tally> {
  const { sqs, repairsQueueUrl, bucket, settings, print } = operated
  const tally = new Tally()
  const send = options.repair ? (bodies: readonly object[]) => sendAll(sqs, repairsQueueUrl, bodies) : undefined
  const repairs = new Repairs(bucket, settings, send)
  for await (const finding of auditBucket(operated, options)) {
    tally.add(finding)
    const { key, verdict, code } = finding
    if (!isUnsettled(verdict) && verdict !== 'refused') continue
    print(options.json ? JSON.stringify(finding) : `${verdict}${code ? ` (${code})` : ''}: ${shown(key)}`)
    await repairs.add(finding)
  }
  await repairs.flush()
  const { sent } = repairs
  const { counts, refusedByCode, behind } = tally
  if (options.json) print(JSON.stringify({ counts, refusedByCode, ...(settings.carry && { behind }), repairs: sent }))
  else for (const line of summaryOf(tally)) print(line)
  if (!options.json && sent > 0) print(`${sent} keys sent to be looked at again`)
  return tally
}

/** @returns the counts, with the names of their metrics */
function summaryOf(tally: Tally): string[] {
  const counted = COUNTED_VERDICTS.map((verdict) => `${AUDIT_METRICS[verdict]} ${tally.of(verdict)}`)
  const codes = Object.entries(tally.refusedByCode).toSorted(([, a], [, b]) => b - a)
  const others = (['fine', 'skipped', 'waiting'] as const).filter((verdict) => tally.of(verdict) > 0)
  return [
    `${counted.join(', ')}; ${others.map((verdict) => `${tally.of(verdict)} ${verdict}`).join(', ') || 'no other file'}`,
    ...codes.map(([code, count]) => `  refused (${code}): ${count}`),
    ...(tally.behind.count > 0 ? [`sequences behind: ${tally.behind.count}`] : []),
    ...tally.behind.named.map(({ sequence, key }) => `  ${shown(sequence)} from ${shown(key)} on`),
  ]
}
