/**
 * The Lambda function of the scheduled audit. It judges every key of the bucket, counts the verdicts and sends keys to the
 * queue `repairs`. An invocation that does not reach the end of the bucket calls the next one.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod'
import { type FunctionSettings, parseSettings } from '../lambda/function-settings.ts'
import {
  AUDIT_METRICS,
  AUDIT_VARIABLES,
  FUNCTION_VARIABLES,
  METRIC_NAMESPACE,
  SEQUENCE_METRICS,
} from '../shared/names.ts'
import { invokeLater, newLambdaClient } from '../storage/invoke-function.ts'
import { newSqsClient, sendAll } from '../storage/message-queue.ts'
import { newS3Client, type S3Port } from '../storage/s3-client.ts'
import { auditBucket } from './audit-bucket.ts'
import { type AuditEvent, auditEvent, COUNTED_VERDICTS, Tally } from './audit-event.ts'
import { Repairs, type SendRepairs } from './repairs.ts'
import type { SequencesBehind } from './sequences-behind.ts'

/** Lambda stops a function that has called itself 16 times. */
export const MAX_INVOCATIONS = 15
/** Twice the time between two audits, so that the next one makes up for one that failed. */
const CHANGED_MS = 48 * 3600 * 1000
/** Time to send the last repairs and to call the next invocation. */
const AUDIT_MARGIN_MS = 20_000
/** Time to write metrics and the log after the last request. */
const REPORT_MS = 5_000

/** The findings of an audit, of all its invocations together. */
export interface AuditResult extends Pick<AuditEvent, 'bucket' | 'mode' | 'counts' | 'refusedByCode' | 'repairs'> {
  /** Undefined: no files continue each other. */
  readonly behind?: SequencesBehind | undefined
  /** Whether the audit reached the end of the bucket. */
  readonly isComplete: boolean
}

export interface AuditDependencies {
  readonly s3: S3Port
  readonly bucket: string
  readonly settings: FunctionSettings
  readonly maxWaitMs: number
  /** Undefined: the audit only counts. */
  readonly repair: SendRepairs | undefined
  /** Calls the next invocation. */
  readonly goOn: (event: AuditEvent, signal: AbortSignal) => Promise<void>
  /** Called once, by the last invocation. */
  readonly report: (result: AuditResult) => void
}

export function createAudit(dependencies: AuditDependencies) {
  return middy<unknown, AuditResult | { readonly continuedAfter: string }>({ timeoutEarlyInMillis: 0 }).handler(
    async (event: unknown, context: Context) => {
      const asked = auditEvent.parse(event)
      const { startedAt = new Date().toISOString(), bucket, mode, invocation } = asked
      const deadline = deadlineOf(context)
      const { startAfter, ...found } = await auditFrom(dependencies, { ...asked, startedAt }, context, deadline)
      if (startAfter !== undefined && invocation < MAX_INVOCATIONS) {
        const next = { ...found, ...(bucket && { bucket }), mode, startedAt, startAfter, invocation: invocation + 1 }
        await dependencies.goOn(next, deadline)
        return { continuedAfter: startAfter }
      }
      const { behind, ...others } = found
      const result = {
        ...(bucket && { bucket }),
        mode,
        ...others,
        ...(dependencies.settings.carry && { behind }),
        isComplete: startAfter === undefined,
      }
      dependencies.report(result)
      return result
    },
  )
}

type FoundSoFar = Pick<AuditEvent, 'counts' | 'refusedByCode' | 'behind' | 'repairs' | 'startAfter'>

/** @returns the findings so far, and the key at which it stopped if the time ended first */
async function auditFrom(
  { s3, bucket: usualBucket, settings, maxWaitMs, repair }: AuditDependencies,
  asked: AuditEvent & { readonly startedAt: string },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  signal: AbortSignal,
): Promise<FoundSoFar> {
  const started = Date.parse(asked.startedAt)
  const bucket = asked.bucket ?? usualBucket
  const tally = new Tally(asked)
  const repairs = new Repairs(bucket, settings, repair, signal, asked.repairs)
  const findings = auditBucket(
    { s3, bucket, settings, signal },
    {
      startAfter: asked.startAfter,
      arrivedBefore: new Date(started - maxWaitMs),
      changedSince: asked.mode === 'changed' ? new Date(started - CHANGED_MS) : undefined,
    },
  )
  for await (const finding of findings) {
    tally.add(finding)
    await repairs.add(finding)
    if (context.getRemainingTimeInMillis() > AUDIT_MARGIN_MS) continue
    await repairs.flush()
    return { ...tally, repairs: repairs.sent, startAfter: finding.key }
  }
  await repairs.flush()
  return { ...tally, repairs: repairs.sent }
}

/** Ends a request that stalls with an error, which raises an alarm; otherwise Lambda would end the invocation without one. */
function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>): AbortSignal {
  return AbortSignal.timeout(Math.max(REPORT_MS, Math.floor(context.getRemainingTimeInMillis() - REPORT_MS)))
}

function newReport(): AuditDependencies['report'] {
  const logger = new Logger()
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE })
  return (result) => {
    logger.info('bucket audited', { ...result })
    for (const [name, count] of auditMeasures(result)) metrics.addMetric(name, MetricUnit.Count, count)
    metrics.publishStoredMetrics()
  }
}

export function auditMeasures(result: AuditResult): [name: string, count: number][] {
  const tally = new Tally(result)
  return [
    ...COUNTED_VERDICTS.map((verdict): [string, number] => [AUDIT_METRICS[verdict], tally.of(verdict)]),
    [AUDIT_METRICS.unsettled, tally.unsettled],
    [AUDIT_METRICS.incomplete, result.isComplete ? 0 : 1],
    ...(result.behind ? [[SEQUENCE_METRICS.behind, result.behind.count] as [string, number]] : []),
  ]
}

let lambda: ReturnType<typeof createAudit> | undefined

/** Lambda calls this function. It is set up at the first event, so that importing this module needs no environment. */
export function handler(event: unknown, context: Context) {
  lambda ??= createAudit(fromEnvironment(context.functionName))
  return lambda(event, context)
}

const auditEnvironment = z.object({
  [FUNCTION_VARIABLES.settings]: z.string(),
  [FUNCTION_VARIABLES.bucket]: z.string().min(1),
  [FUNCTION_VARIABLES.repairsQueueUrl]: z.url(),
  [AUDIT_VARIABLES.functionMemory]: z.coerce.number().int().min(128),
  [AUDIT_VARIABLES.maxWait]: z.coerce.number().nonnegative(),
  [AUDIT_VARIABLES.repairs]: z.stringbool(),
})

function fromEnvironment(functionName: string): AuditDependencies {
  const environment = auditEnvironment.parse(process.env)
  const [sqs, lambdaClient] = [newSqsClient(), newLambdaClient()]
  const url = environment[FUNCTION_VARIABLES.repairsQueueUrl]
  const settings: unknown = JSON.parse(environment[FUNCTION_VARIABLES.settings])
  return {
    s3: newS3Client(),
    bucket: environment[FUNCTION_VARIABLES.bucket],
    settings: parseSettings(settings, environment[AUDIT_VARIABLES.functionMemory]),
    maxWaitMs: environment[AUDIT_VARIABLES.maxWait] * 1000,
    repair: environment[AUDIT_VARIABLES.repairs] ? (bodies, signal) => sendAll(sqs, url, bodies, signal) : undefined,
    goOn: (event, signal) => invokeLater(lambdaClient, functionName, event, signal),
    report: newReport(),
  }
}
