/** The construct that deploys the pipeline. */
import type { IRule } from 'aws-cdk-lib/aws-events'
import { Grant, type IGrantable, type IManagedPolicy } from 'aws-cdk-lib/aws-iam'
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Names } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { FunctionSettings } from '../functions/lambda/settings-types.ts'
import { Arrivals } from './arrivals.ts'
import type { Audit } from './audit.ts'
import type { Backfill } from './backfill.ts'
import { claimPrefixes } from './claimed-prefixes.ts'
import type { EnrichmentFunction } from './enrichment-function.ts'
import { minimizePolicies, pinFeatureFlags } from './feature-flags.ts'
import type { FileMetrics } from './file-metrics.ts'
import type { OnCall } from './on-call.ts'
import { createParts } from './pipeline-parts.ts'
import { pipelineOf, type SupertrendPipelineProps } from './pipeline-props.ts'
import { limitPolicies } from './policy-limits.ts'
import { checkKinds } from './property-kinds.ts'
import { namingRefusals } from './refusals.ts'
import { checkSamePlace } from './same-place.ts'
import type { SequenceQueues } from './sequence-queues.ts'
import { warnAbout } from './synthesis-warnings.ts'

export type { SettingsInput } from '../functions/lambda/settings-types.ts'
export type { AlarmReceivers, SupertrendPipelineProps } from './pipeline-props.ts'
export type { TableDescription } from './table-description.ts'

/** The longest name derived from it, that of the audit's function, has 6 characters more; Lambda allows 64. */
const MAX_NAME_LENGTH = 58

/**
 * Enriches the market files that are uploaded to a bucket: removes duplicate bars and adds Supertrend columns.
 *
 *     new SupertrendPipeline(this, 'Bars', { settings: { supertrends: [{ period: 10, multiplier: 3 }] } })
 *
 * The names of its resources begin with the name of the stack and the path of the construct, so that a stack can have
 * several pipelines, and an account several stacks.
 */
export class SupertrendPipeline extends Construct {
  /** Prefix of the names of queues, alarms, queries and dashboard; value of the dimension `service` of the metrics. */
  readonly name: string
  /** Files are uploaded below `inputPrefix` and appear below `outputPrefix`. */
  readonly bucket: IBucket
  readonly inputPrefix: string
  readonly outputPrefix: string
  /** Prefix of the reports of refused files. */
  readonly failurePrefix: string
  /** Enriches one file at a time. */
  readonly function: LambdaFunction
  /** The version of the function that receives the messages; invoke this one, not the function itself. */
  readonly live: IFunction
  /** Receives the events of uploads. */
  readonly queue: Queue
  /** Receives the keys of backfills, audits and redrives. */
  readonly repairs: Queue
  /** Of the files that continue each other, if the setting `carry` is set. */
  readonly sequenceQueues: SequenceQueues | undefined
  /** Keeps messages that failed for hours. */
  readonly deadLetters: Queue
  readonly metrics: FileMetrics
  readonly pageTopic: ITopic
  readonly ticketTopic: ITopic
  /** Compares all inputs of the bucket with their outputs and reports. */
  readonly audit: LambdaFunction
  /** Uploads a known file at the interval `canaryEvery`, if that is set. */
  readonly canary: LambdaFunction | undefined
  /** Sends every key below a prefix to the queue of repairs. */
  readonly backfill: IStateMachine
  /** UUIDs of the event sources of the function, by which an operator switches them off. */
  readonly sourceIds: { readonly arrivals: string; readonly repairs: string; readonly sequences?: string }
  /** For the role of the operator on call, which needs all of them; empty unless `onCallPolicy` is set. */
  readonly onCallPolicies: readonly IManagedPolicy[]
  /** The rule that calls the canary. */
  readonly canarySchedule: IRule | undefined
  readonly #via: 's3' | 'eventbridge'
  readonly #settings: FunctionSettings
  readonly #enrichment: EnrichmentFunction
  readonly #audit: Audit
  readonly #backfill: Backfill
  readonly #onCall: OnCall

  constructor(scope: Construct, id: string, props: SupertrendPipelineProps = {}) {
    super(scope, id)
    pinFeatureFlags(this)
    this.name = Names.uniqueResourceName(this, {
      separator: '-',
      allowedSpecialCharacters: '-',
      maxLength: MAX_NAME_LENGTH,
    })
    const { pipeline, ...parts } = namingRefusals(this, () => this.#createParts(props))
    const { bucket, queues, sequenceQueues, enrichment, metrics, topics, audit, canary, backfill, onCall } = parts
    const { parsed, via } = pipeline
    this.#enrichment = enrichment
    this.#audit = audit
    this.#backfill = backfill
    this.#onCall = onCall
    this.#via = via
    this.#settings = parsed
    this.bucket = bucket
    this.inputPrefix = parsed.inputPrefix
    this.outputPrefix = parsed.outputPrefix
    this.failurePrefix = parsed.failurePrefix
    this.function = enrichment.function
    this.live = enrichment.live as IFunction
    this.queue = queues.arrivals
    this.repairs = queues.repairs
    this.sequenceQueues = sequenceQueues
    this.deadLetters = queues.deadLetters
    this.metrics = metrics
    this.pageTopic = topics.page
    this.ticketTopic = topics.ticket
    this.audit = audit.function
    this.canary = canary?.function
    this.canarySchedule = canary?.schedule
    this.backfill = backfill.stateMachine
    const { arrivals, repairs, sequences } = enrichment.sources
    this.sourceIds = {
      arrivals: arrivals.eventSourceMappingId,
      repairs: repairs.eventSourceMappingId,
      ...(sequences && { sequences: sequences.eventSourceMappingId }),
    }
    this.onCallPolicies = onCall.policies
    minimizePolicies(this)
    limitPolicies(this)
  }

  #createParts(props: SupertrendPipelineProps) {
    checkKinds(props)
    checkSamePlace(this, props)
    const pipeline = pipelineOf(this.name, props)
    warnAbout(this, props, pipeline)
    return { pipeline, ...createParts(this, pipeline, props.bucket) }
  }

  /**
   * Enriches the files of another bucket as well: those below the input prefix of that bucket, into its output prefix.
   * Audit and backfill include that bucket; canary and table stay with the first one.
   */
  addSourceBucket(bucket: IBucket): void {
    namingRefusals(this, () => {
      checkKinds({ bucket })
      checkSamePlace(this, { bucket })
      claimPrefixes(this, bucket, this.#settings, false)
      this.#enrichment.addSourceBucket(bucket)
    })
    const id = Names.nodeUniqueId(bucket.node)
    const { queue, deadLetters } = this
    const prefixes = [this.inputPrefix]
    new Arrivals(this, `Arrivals-${id}`, { bucket, via: this.#via, prefixes, queue, deadLetters })
    this.#audit.addSourceBucket(id, bucket)
    this.#backfill.addSourceBucket(bucket)
    this.#onCall.addSourceBucket(bucket)
  }

  /** Lets a principal upload files below the input prefix, also in parts, and encrypt them. */
  grantUpload(grantee: IGrantable): Grant {
    this.bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt')
    return Grant.addToPrincipalOrResource({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [this.bucket.arnForObjects(`${this.inputPrefix}*`)],
      resource: this.bucket,
    })
  }

  /** Lets a principal do what the operator's commands and docs/runbook.md do: see, test, redrive, backfill, switch off. */
  grantOperate(grantee: IGrantable): Grant {
    return this.#onCall.grantTo(grantee)
  }
}
