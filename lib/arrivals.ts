/** Connects the bucket to the queue: notifications of S3, or rules of EventBridge. */
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Bucket, BucketNotificationDestinationType, EventType, type IBucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Annotations, Lazy, Stack, Token, Validations } from 'aws-cdk-lib/core'
import { Construct, type IConstruct, type IDependable } from 'constructs'
import { RefusedError } from '../functions/shared/errors.ts'
import { CANARY_PREFIXES } from '../functions/shared/names.ts'
import { UploadBucket } from './upload-bucket.ts'

export interface ArrivalsProps {
  readonly bucket: IBucket
  readonly via: 's3' | 'eventbridge'
  /** Prefixes of uploaded files, including that of the canary. */
  readonly prefixes: readonly string[]
  /** Receives a message for each object that is new, deleted or restored. */
  readonly queue: Queue
  /** Keeps events that EventBridge could not send to `queue`. */
  readonly deadLetters: Queue
}

/**
 * Not only Put: a large file arrives as CompleteMultipartUpload. A deleted object takes its report with it. An archived
 * object can be read once it is restored.
 */
const EVENTS = [
  EventType.OBJECT_CREATED,
  EventType.OBJECT_REMOVED,
  EventType.LIFECYCLE_EXPIRATION,
  EventType.OBJECT_RESTORE_COMPLETED,
]
/** The same events in EventBridge, which reports an expired object as a deleted one. */
const DETAIL_TYPES = ['Object Created', 'Object Deleted', 'Object Restore Completed']

export class Arrivals extends Construct {
  constructor(scope: Construct, id: string, props: ArrivalsProps) {
    super(scope, id)
    claimPrefixes(this, props)
    if (props.via === 'eventbridge') this.#byEventBridge(props)
    else if (props.bucket instanceof UploadBucket) this.#byProperty(props.bucket, props)
    else this.#byNotification(props)
  }

  /** The policy of the queue names no bucket: to name this one would make the policy and the bucket wait for each other. */
  #byProperty(bucket: UploadBucket, { prefixes, queue }: ArrivalsProps): void {
    const anyBucket = Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: '*' })
    const allowed = allowSending(queue, 's3.amazonaws.com', anyBucket)
    for (const prefix of prefixes) {
      // without the suffix: S3 compares it by case, and the function ignores other objects
      for (const event of EVENTS) bucket.notify({ event, queueArn: queue.queueArn, prefix: filterValue(prefix) })
    }
    // S3 tries the queue when the notification is set
    if (allowed) bucket.node.addDependency(allowed)
  }

  /** An imported bucket belongs to another stack: a custom resource adds the notification to the existing ones. */
  #byNotification({ bucket, prefixes, queue }: ArrivalsProps): void {
    const allowed = allowSending(queue, 's3.amazonaws.com', bucket.bucketArn)
    const destination = {
      bind: () => ({
        arn: queue.queueArn,
        type: BucketNotificationDestinationType.QUEUE,
        ...(allowed && { dependencies: [allowed] }),
      }),
    }
    // a custom resource in the stack of the bucket would make the two stacks depend on each other
    const isHere = Stack.of(bucket) === Stack.of(this)
    const notifying = isHere ? bucket : Bucket.fromBucketArn(this, 'Bucket', bucket.bucketArn)
    for (const prefix of prefixes) {
      for (const event of EVENTS) notifying.addEventNotification(event, destination, { prefix: filterValue(prefix) })
    }
    acknowledgeHandler(this)
  }

  #byEventBridge({ bucket, prefixes, queue, deadLetters }: ArrivalsProps): void {
    if (bucket instanceof Bucket) {
      bucket.enableEventBridgeNotification()
      acknowledgeHandler(this)
    } else {
      const name = Token.isUnresolved(bucket.bucketName) ? bucket.node.path : bucket.bucketName
      const text = `EventBridge has to be switched on in the imported bucket ${name}; see docs/deployment.md`
      Annotations.of(this).addInfoV2('parquet-supertrend:eventbridge', text)
    }
    const target: IRuleTarget = {
      bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: deadLetters.queueArn } }),
    }
    const rule = new Rule(this, 'Uploads', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: DETAIL_TYPES,
        detail: { bucket: { name: [bucket.bucketName] }, object: { key: prefixes.map((prefix) => ({ prefix })) } },
      },
      targets: [target],
    })
    for (const each of [queue, deadLetters]) allowSending(each, 'events.amazonaws.com', rule.ruleArn)
  }
}

interface Claim {
  readonly prefix: string
  readonly by: string
}
/** By the app, then by the name of the bucket. */
const claimsIn = new WeakMap<IConstruct, Map<string, Claim[]>>()

/**
 * S3 refuses two notifications whose prefixes overlap, and with EventBridge two functions would enrich the same file.
 * @throws RefusedError when another pipeline of the app, or another call, takes files of this bucket below such a prefix
 */
function claimPrefixes(scope: Construct, { bucket, prefixes }: ArrivalsProps): void {
  const ofApp = claimsIn.get(scope.node.root) ?? new Map<string, Claim[]>()
  claimsIn.set(scope.node.root, ofApp)
  const claims = ofApp.get(bucket.bucketName) ?? []
  ofApp.set(bucket.bucketName, claims)
  for (const prefix of prefixes) {
    const other = claims.find((claim) => claim.prefix.startsWith(prefix) || prefix.startsWith(claim.prefix))
    if (other) {
      const advice = prefix.startsWith(CANARY_PREFIXES.all)
        ? 'only one pipeline of a bucket can have a canary'
        : 'allowed are input prefixes of which none begins with another'
      const both = `${other.by} takes "${other.prefix}" of this bucket and ${scope.node.path} "${prefix}"`
      throw new RefusedError('settings', `${both}; ${advice}`)
    }
    claims.push({ prefix, by: scope.node.path })
  }
}

/**
 * A prefix as the filter of a notification has it: S3 decodes it like a form, so the file arrives only if `=` is `%3D` and a space
 * is `+`. EventBridge compares the plain key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
function filterValue(prefix: string): string {
  return encodeURIComponent(prefix).replaceAll('%2F', '/').replaceAll('%20', '+')
}

interface Senders {
  /** ARNs of what sends. */
  readonly sources: string[]
  readonly allowed: IDependable | undefined
}
const sendersTo = new WeakMap<Queue, Map<string, Senders>>()

/**
 * Allows one more source of messages, in one statement for each service: the policy of a queue may have 20.
 * @returns the policy that must exist before the service may send
 */
function allowSending(queue: Queue, service: string, source: string): IDependable | undefined {
  const ofQueue = sendersTo.get(queue) ?? new Map<string, Senders>()
  sendersTo.set(queue, ofQueue)
  const known = ofQueue.get(service)
  if (known) {
    if (!known.sources.includes(source)) known.sources.push(source)
    return known.allowed
  }
  const sources = [source]
  const statement = new PolicyStatement({
    principals: [new ServicePrincipal(service)],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: {
      ArnLike: { 'aws:SourceArn': Lazy.any({ produce: () => (sources.length > 1 ? sources : source) }) },
      StringEquals: { 'aws:SourceAccount': Stack.of(queue).account },
    },
  })
  const allowed = queue.addToResourcePolicy(statement).policyDependable
  ofQueue.set(service, { sources, allowed })
  return allowed
}

/** CDK creates one function per stack for the notifications of buckets. */
function acknowledgeHandler(scope: Construct): void {
  const handler = Stack.of(scope).node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'))
  if (!handler) return
  const policy = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  Validations.of(handler).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM4[Policy::${policy}]`,
    reason: "CDK's own function, which runs while the stack is deployed and writes its log.",
  })
}
