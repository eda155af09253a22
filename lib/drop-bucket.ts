/** The bucket that files are dropped into and enriched files appear in. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  EventType,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { BACKFILL_RESULTS_PREFIX, CANARY_PREFIXES } from '../functions/shared/names.ts'

export interface DropBucketProps {
  /** Where objects are uploaded that the function enriches; the canary's place is one of them. */
  readonly inputPrefixes: readonly string[]
  /** Receives a message for each object that is new, deleted or restored. */
  readonly arrivals: Queue
  readonly existingBucketName?: string
  readonly versioned: boolean
  readonly incomingExpiration?: Duration
  readonly noncurrentExpiration: Duration
  readonly reportExpiration?: Duration
  /** Where reports go. */
  readonly failurePrefix: string
  readonly removalPolicy: RemovalPolicy
}

/** Of backfills; long enough to look at one. */
const RESULTS_EXPIRATION = Duration.days(30)

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

export class DropBucket extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: DropBucketProps) {
    super(scope, id)
    if (props.existingBucketName !== undefined) {
      this.bucket = Bucket.fromBucketName(this, 'Bucket', props.existingBucketName)
      // the bucket is not ours to describe: a custom resource adds our notification to those that it has
      for (const prefix of props.inputPrefixes) {
        for (const event of EVENTS) {
          this.bucket.addEventNotification(event, new SqsDestination(props.arrivals), { prefix })
        }
      }
      acknowledgeHandler(this)
      return
    }
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: props.versioned,
      lifecycleRules: lifecycleRules(props),
      removalPolicy: props.removalPolicy,
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason: 'Who read which market file is not asked; CloudTrail data events say it where it is.',
    })
    this.bucket = bucket as IBucket
    notify(bucket, props)
  }
}

/** CDK makes one function in each stack that sets notifications of buckets. */
function acknowledgeHandler(scope: Construct): void {
  const handler = Stack.of(scope).node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'))
  if (!handler) return
  const policy = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  Validations.of(handler).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM4[Policy::${policy}]`,
    reason: "CDK's own function, which runs while the stack is deployed and writes its log.",
  })
}

function lifecycleRules(props: DropBucketProps): LifecycleRule[] {
  const { inputPrefixes, failurePrefix, versioned, noncurrentExpiration } = props
  const expiring = (id: string, prefix: string | undefined, expiration: Duration | undefined) =>
    prefix === undefined || expiration === undefined ? [] : [{ id, prefix, expiration }]
  const oldVersions = { id: 'old-versions', noncurrentVersionExpiration: noncurrentExpiration }
  return [
    { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ...expiring('uploaded-files', inputPrefixes[0], props.incomingExpiration),
    ...expiring('reports', failurePrefix, props.reportExpiration),
    ...expiring('backfill-results', BACKFILL_RESULTS_PREFIX, RESULTS_EXPIRATION),
    ...expiring('canary', CANARY_PREFIXES.all, Duration.days(1)),
    // with versions, an expiration only hides an object: these two rules delete it
    ...(versioned ? [oldVersions, { id: 'delete-markers', expiredObjectDeleteMarker: true }] : []),
  ]
}

/**
 * As a property of the bucket: CDK's `addEventNotification` would deploy a second function with rights on every bucket's
 * notifications to set it.
 */
function notify(created: Bucket, { arrivals, inputPrefixes }: DropBucketProps): void {
  // every bucket of this account: naming this one would make the policy and the bucket wait for each other
  const allowed = arrivals.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [arrivals.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(created).account } },
    }),
  )
  const bucket = created.node.defaultChild as CfnBucket
  bucket.notificationConfiguration = {
    // without the suffix: S3 compares it by case, and the function ignores other objects
    queueConfigurations: inputPrefixes.flatMap((value) =>
      EVENTS.map((event) => ({
        event,
        queue: arrivals.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value }] } },
      })),
    ),
  }
  // S3 tries the queue when the notification is set
  if (allowed.policyDependable) bucket.node.addDependency(allowed.policyDependable)
}
