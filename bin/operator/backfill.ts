/** Estimates a backfill, runs it, waits for it, and counts the outcomes of its files. */
import { setTimeout } from 'node:timers/promises'
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { Tally } from '../../functions/bucket-audit/audit-event.ts'
import { reasonToIgnore } from '../../functions/lambda/keys.ts'
import { BACKFILL_RESULTS_PREFIX } from '../../functions/shared/names.ts'
import { listObjects } from '../../functions/storage/list-objects.ts'
import type { BackfillInput } from '../../lib/backfill.ts'
import { sendSequences } from './backfill-sequences.ts'
import { BackfillEstimate, type Estimate, type EstimateProps } from './estimate.ts'
import { type Operated, repairsTaken } from './look-again.ts'
import { printAudit } from './print-audit.ts'
import { POLL_MS } from './queue-drained.ts'
import { unsentKeys } from './result-files.ts'
import { shown } from './shown.ts'

export type SfnPort = Pick<SFNClient, 'send'>

export interface PrefixEstimate extends Estimate {
  /** Nothing is enriched yet. */
  readonly isNew: boolean
}

export async function estimateOf(
  operated: Operated,
  prefix: string,
  deployed: Omit<EstimateProps, 'isNew'>,
): Promise<PrefixEstimate> {
  const { s3, bucket, settings } = operated
  const outputs = settings.outputPrefix + prefix.slice(settings.inputPrefix.length)
  const { value: firstOutputs = [] } = await listObjects(s3, { bucket, prefix: outputs }).next()
  const isNew = firstOutputs.length === 0
  const estimate = new BackfillEstimate({ ...deployed, isNew })
  for await (const objects of listObjects(s3, { bucket, prefix })) {
    for (const { key, size } of objects) if (reasonToIgnore(settings, key) === undefined) estimate.add(size)
  }
  return { ...estimate.total, isNew }
}

/** @returns a sentence about a prefix of which there is nothing to enrich, usually because it is misspelt */
export function emptinessOf({ files }: Estimate): string | undefined {
  return files === 0 ? 'there is no file that the function enriches; is the prefix right?' : undefined
}

export function describeEstimate({ files, bytes, seconds, dollars }: Estimate): string {
  const hours = seconds / 3600
  const time = hours >= 2 ? `${Math.ceil(hours)} hours` : `${Math.ceil(seconds / 60)} minutes`
  const size = `${(bytes / 1e9).toFixed(2)} GB`
  return `${files} files, ${size}: about ${time} and ${dollars.toFixed(2)} dollars if none is enriched yet`
}

export interface BackfillOptions {
  /** The bucket of the stack, also where the backfill is about a source bucket. */
  readonly resultsBucket: string
  readonly prefix: string
  readonly again: boolean
  readonly isNew: boolean
  readonly stateMachineArn: string
  readonly pollMs?: number
}

const SHOWN_UNSENT = 20
/** Work that began before the backfill, perhaps with older settings, may still write for so long. */
const OLD_WORK_MS = 60_000

/**
 * Sends keys to the queue of repairs, waits until it is drained, and compares what there is with what should be. Of a sequence
 * the first key that is not done is enough, unless all are to be made again.
 * @returns how many keys failed: those that need a repair, or 1 when not all keys could be sent
 */
export async function runBackfill(operated: Operated, sfn: SfnPort, options: BackfillOptions): Promise<number> {
  const { print } = operated
  if (operated.settings.carry && !options.again) return backfillSequences(operated, options)
  const { isComplete, startedAt } = await sendAllKeys(operated, sfn, options)
  await repairsTaken(operated)
  const audited = { prefix: options.prefix, writtenSince: new Date(startedAt.getTime() + OLD_WORK_MS) }
  // with --again, an output that is right but older than the backfill was not made again: its message failed, or the file was refused now
  const tally = await printAudit(operated, options.again ? { ...audited, madeSince: startedAt } : audited)
  const failed = tally.unsettled
  print(outcomesIn(tally, options.again ? 'enriched' : 'enriched or unchanged'))
  if (!isComplete) print(`not all keys were sent; see s3://${options.resultsBucket}/${BACKFILL_RESULTS_PREFIX}`)
  return failed + (isComplete ? 0 : 1)
}

async function backfillSequences(operated: Operated, { prefix, isNew }: BackfillOptions): Promise<number> {
  const { sequences, behind, others } = await sendSequences(operated, { prefix, isNew })
  operated.print(`${behind} of ${sequences} sequences are sent from their first key that is not done on`)
  if (others > 0) operated.print(`${others} keys that are in no sequence are sent`)
  await repairsTaken(operated)
  // each output is looked at: it has to continue the one before
  const tally = await printAudit(operated, { prefix })
  operated.print(outcomesIn(tally, 'enriched or unchanged'))
  return tally.unsettled
}

function outcomesIn(tally: Tally, what: string): string {
  return `${tally.of('fine')} ${what}, ${tally.of('refused')} refused, ${tally.unsettled} failed`
}

interface SentKeys {
  /** Whether every key was sent. */
  readonly isComplete: boolean
  /** By the clock of AWS, which S3 has too; the clock here may differ. */
  readonly startedAt: Date
}

async function sendAllKeys(operated: Operated, sfn: SfnPort, options: BackfillOptions): Promise<SentKeys> {
  const { print, bucket } = operated
  const input: BackfillInput = { bucket, prefix: options.prefix, again: options.again, isNew: options.isNew ? 1 : 0 }
  const start = new StartExecutionCommand({ stateMachineArn: options.stateMachineArn, input: JSON.stringify(input) })
  const { executionArn, startDate: startedAt } = await sfn.send(start)
  if (!startedAt) throw new Error(`Step Functions does not say when ${executionArn} started`)
  print(`started ${executionArn}; results: s3://${options.resultsBucket}/${BACKFILL_RESULTS_PREFIX}`)
  for (;;) {
    const { status, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    if (status !== 'RUNNING') {
      print(`${status?.toLowerCase()}${cause ? `: ${cause}` : ''}`)
      const counts = await mapRunCounts(sfn, executionArn!)
      print(`${counts.succeeded} of ${counts.total} keys sent, ${counts.failed} not`)
      if (counts.failed > 0) await printUnsent(operated, options.resultsBucket, counts.mapRunArns)
      return { isComplete: status === 'SUCCEEDED' && counts.succeeded === counts.total, startedAt }
    }
    await setTimeout(options.pollMs ?? POLL_MS)
  }
}

/** @param bucket the bucket of the results */
async function printUnsent({ s3, print }: Operated, bucket: string, mapRunArns: readonly string[]): Promise<void> {
  let printed = 0
  try {
    for (const mapRunArn of mapRunArns) {
      for await (const { key, why } of unsentKeys(s3, bucket, mapRunArn)) {
        if (printed++ === SHOWN_UNSENT) return print(`  and more, in s3://${bucket}/${BACKFILL_RESULTS_PREFIX}`)
        print(`  perhaps not sent: ${shown(key)} (${shown(why)})`)
      }
    }
  } catch (error) {
    // the audit that follows finds these keys as well
    print(`  the results cannot be read: ${shown(error instanceof Error ? error.message : String(error))}`)
  }
}

export interface MapRunCounts {
  readonly mapRunArns: readonly string[]
  readonly total: number
  readonly succeeded: number
  readonly failed: number
}

/** Counts the items of an execution. Step Functions counts them for its map runs, not for the execution itself. */
export async function mapRunCounts(sfn: SfnPort, executionArn: string): Promise<MapRunCounts> {
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }))
  const mapRunArns = mapRuns.flatMap(({ mapRunArn }) => mapRunArn ?? [])
  const counts = { mapRunArns, total: 0, succeeded: 0, failed: 0 }
  for (const mapRunArn of mapRunArns) {
    const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn }))
    const { total = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0 } = itemCounts ?? {}
    counts.total += total
    counts.succeeded += succeeded
    counts.failed += failed + timedOut + aborted
  }
  return counts
}
