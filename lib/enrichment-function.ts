/** The Lambda function, its permissions and its environment variables. */
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Alias,
  type IVersion,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Fn, Lazy, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { CANARY_PREFIXES, FUNCTION_VARIABLES, SERVICE_VARIABLE } from '../functions/shared/names.ts'
import { checkVariables } from './deployment-limits.ts'
import { allowKeys } from './encryption.ts'
import { functionCode } from './function-code.ts'
import { nagNameOf } from './nag-spelling.ts'
import { PipelineLog } from './pipeline-log.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import type { SequenceQueues } from './sequence-queues.ts'

export interface EnrichmentFunctionProps extends Pipeline {
  readonly bucket: IBucket
  readonly queues: Queues
  /** Undefined: no files continue each other. */
  readonly sequenceQueues: SequenceQueues | undefined
}

/** Messages about one sequence that one invocation takes: the maximum of a FIFO queue. */
const SEQUENCE_BATCH = 10

export class EnrichmentFunction extends Construct {
  readonly function: LambdaFunction
  /** The version that receives the messages. */
  readonly live: Alias
  readonly logGroup: PipelineLog
  /** What takes messages from the queues; an operator can switch each of them off. */
  readonly sources: {
    readonly arrivals: SqsEventSource
    readonly repairs: SqsEventSource
    /** Only with `carry`. */
    readonly sequences: SqsEventSource | undefined
  }
  readonly #role: Role
  readonly #props: EnrichmentFunctionProps
  readonly #sourceBuckets: string[] = []

  constructor(scope: Construct, id: string, props: EnrichmentFunctionProps) {
    super(scope, id)
    this.#props = props
    this.logGroup = new PipelineLog(this, 'Log', props)
    this.#role = this.#newRole(props)
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture,
      code: functionCode('lambda'),
      handler: 'index.handler',
      memorySize: props.memory.toMebibytes(),
      timeout: props.timeout,
      ...(props.ephemeralStorage && { ephemeralStorageSize: props.ephemeralStorage }),
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: { ...this.#variables(props), [SERVICE_VARIABLE]: props.name },
      role: this.#role,
      logGroup: this.logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      // INFO includes a report of every invocation: status, duration and memory
      systemLogLevelV2: SystemLogLevel.INFO,
      // a sequence that takes longer than one invocation goes on in a message of the function to itself, which has a limit of
      // its own; Lambda would stop after 16 of them
      ...(props.sequenceQueues && { recursiveLoop: RecursiveLoop.ALLOW }),
    })
    Validations.of(this.function).acknowledge({
      id: 'Serverless::Serverless-LambdaDLQ',
      reason: 'It is called by the queue, which has a dead-letter queue of its own.',
    })
    if (!props.tracing) {
      const reason = 'Switched off for this environment.'
      Validations.of(this.function).acknowledge({ id: 'Serverless::Serverless-LambdaTracing', reason })
    }
    // the number of the version distinguishes outputs of this deployment from those of an earlier one that still runs
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: this.function.currentVersion as IVersion })
    Validations.of(this.live).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'A source of type SQS has none: what fails goes to the dead-letter queue of the queue.',
    })
    const take = (queue: Queue, maxConcurrency: number, batchSize = 1) => {
      const source = new SqsEventSource(queue, { batchSize, maxConcurrency, reportBatchItemFailures: true })
      this.live.addEventSource(source)
      return source
    }
    this.sources = {
      arrivals: take(props.queues.arrivals, props.maxConcurrency),
      repairs: take(props.queues.repairs, props.repairsConcurrency),
      sequences: props.sequenceQueues && take(props.sequenceQueues.sequences, props.maxConcurrency, SEQUENCE_BATCH),
    }
  }

  #variables({ settings, queues, sequenceQueues, bucket }: EnrichmentFunctionProps): Record<string, string> {
    return {
      [FUNCTION_VARIABLES.settings]: JSON.stringify(settings),
      [FUNCTION_VARIABLES.bucket]: bucket.bucketName,
      [FUNCTION_VARIABLES.sourceBuckets]: Lazy.string({ produce: () => this.#sourceBuckets.join(',') }),
      [FUNCTION_VARIABLES.arrivalsQueueUrl]: queues.arrivals.queueUrl,
      [FUNCTION_VARIABLES.repairsQueueUrl]: queues.repairs.queueUrl,
      [FUNCTION_VARIABLES.deadLetterQueueUrl]: queues.deadLetters.queueUrl,
      ...(sequenceQueues && { [FUNCTION_VARIABLES.sequencesQueueUrl]: sequenceQueues.sequences.queueUrl }),
      // the last part of arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID
      [FUNCTION_VARIABLES.stackId]: Fn.select(2, Fn.split('/', Stack.of(this).stackId)),
    }
  }

  #newRole(props: EnrichmentFunctionProps): Role {
    const { bucket, queues, sequenceQueues, parsed } = props
    const { eventBus } = parsed
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    this.#allowBucket(role, bucket)
    // the function sends itself keys that it has to reconcile later
    const own = [
      queues.deadLetters,
      queues.arrivals,
      queues.repairs,
      ...(sequenceQueues ? [sequenceQueues.sequences] : []),
    ]
    for (const { queueArn } of own) allow(['sqs:SendMessage'], queueArn)
    if (eventBus !== undefined) {
      const bus = { service: 'events', resource: 'event-bus', resourceName: eventBus }
      allow(['events:PutEvents'], Stack.of(this).formatArn(bus))
    }
    allowKeys(role, [props.encryptionKey])
    if (props.tracing) acknowledgeWildcard(role, '*', 'X-Ray knows no resources to send traces to.')
    return role
  }

  #allowBucket(role: Role, bucket: IBucket): void {
    const { parsed, canaryEvery } = this.#props
    const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, onRemoved, carry } = parsed
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    const allowUnder = (prefix: string, actions: string[]) => {
      allow(actions, bucket.arnForObjects(`${prefix}*`))
      acknowledgeWildcard(role, `${nagNameOf(bucket)}/${prefix}*`, 'Objects have any names.')
    }
    const [read, write, remove, abort] = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload']
    allowUnder(inputPrefix, [read])
    allowUnder(outputPrefix, [read, write, abort, ...(onRemoved === 'remove' ? [remove] : [])])
    allowUnder(failurePrefix, [read, write, remove])
    if (chartPrefix !== undefined) allowUnder(chartPrefix, [read, write, remove])
    if (droppedPrefix !== undefined) allowUnder(droppedPrefix, [read, write, remove, abort])
    if (carry) allowUnder(carry.prefix, [read, write])
    // the canary stays with the first bucket
    const hasCanary = canaryEvery !== undefined && bucket === this.#props.bucket
    if (hasCanary) allowUnder(CANARY_PREFIXES.all, [read, write, remove, abort])
    // without it S3 answers 403 instead of 404 for a missing object
    allow(['s3:ListBucket'], bucket.bucketArn)
    allowKeys(role, [bucket.encryptionKey])
  }

  /** Enriches the files of another bucket as well. */
  addSourceBucket(bucket: IBucket): void {
    checkVariables(this.#props.settings, [...this.#sourceBuckets, bucket.bucketName])
    this.#allowBucket(this.#role, bucket)
    this.#sourceBuckets.push(bucket.bucketName)
  }
}

export function acknowledgeWildcard(role: Role, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason })
}
