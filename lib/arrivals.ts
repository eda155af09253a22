/** Connects the bucket to the queue: notifications of S3, or rules of EventBridge. */
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Bucket, BucketNotificationDestinationType, EventType, type IBucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Annotations, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
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
    if (props.via === 'eventbridge') this.#byEventBridge(props)
    else if (props.bucket instanceof UploadBucket) this.#byProperty(props.bucket, props)
    else this.#byNotification(props)
  }

  /**
   * As a property of the bucket: CDK's `addEventNotification` would deploy a second function with rights on every bucket's
   * notifications to set it.
   */
  #byProperty(bucket: UploadBucket, { prefixes, queue }: ArrivalsProps): void {
    // every bucket of this account: naming this one would make the policy and the bucket wait for each other
    const anyBucket = Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: '*' })
    const allowed = allowSending(queue, 's3.amazonaws.com', anyBucket)
    bucket.resource.notificationConfiguration = {
      // without the suffix: S3 compares it by case, and the function ignores other objects
      queueConfigurations: prefixes.flatMap((value) =>
        EVENTS.map((event) => ({
          event,
          queue: queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value }] } },
        })),
      ),
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
      for (const event of EVENTS) notifying.addEventNotification(event, destination, { prefix })
    }
    acknowledgeHandler(this)
  }

  #byEventBridge({ bucket, prefixes, queue, deadLetters }: ArrivalsProps): void {
    if (bucket instanceof UploadBucket) {
      bucket.resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
    } else if (bucket instanceof Bucket) {
      bucket.enableEventBridgeNotification()
      acknowledgeHandler(this)
    } else {
      const text = `EventBridge has to be switched on in the imported bucket ${bucket.bucketName}; see docs/deployment.md`
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

/** @returns the policy that must exist before the service may send */
function allowSending(queue: Queue, service: string, source: string) {
  return queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(service)],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        ArnLike: { 'aws:SourceArn': source },
        StringEquals: { 'aws:SourceAccount': Stack.of(queue).account },
      },
    }),
  ).policyDependable
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
