/** The bucket that files are dropped into and enriched files appear in. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  EventType,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'

export interface DropBucketProps {
  readonly inputPrefix: string
  /** Told of every file dropped. */
  readonly arrivals: Queue
  readonly existingBucketName?: string
  readonly versioned: boolean
  readonly incomingExpiration?: Duration
  readonly removalPolicy: RemovalPolicy
}

/**
 * Not only Put: a large file arrives as CompleteMultipartUpload. A deleted object takes its report with it. An archived
 * object can be read once it is restored.
 */
const EVENTS = [EventType.OBJECT_CREATED, EventType.OBJECT_REMOVED, EventType.OBJECT_RESTORE_COMPLETED]

export class DropBucket extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: DropBucketProps) {
    super(scope, id)
    if (props.existingBucketName !== undefined) {
      this.bucket = Bucket.fromBucketName(this, 'Bucket', props.existingBucketName)
      // the bucket is not ours to describe: a custom resource adds our notification to those that it has
      for (const event of EVENTS) {
        this.bucket.addEventNotification(event, new SqsDestination(props.arrivals), { prefix: props.inputPrefix })
      }
      return
    }
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: props.versioned,
      lifecycleRules: [
        { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...(props.incomingExpiration === undefined
          ? []
          : [{ id: 'dropped-files', prefix: props.inputPrefix, expiration: props.incomingExpiration }]),
      ],
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

/**
 * As a property of the bucket: CDK's `addEventNotification` would deploy a second function with rights on every bucket's
 * notifications to set it.
 */
function notify(created: Bucket, { arrivals, inputPrefix }: DropBucketProps): void {
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
    queueConfigurations: EVENTS.map((event) => ({
      event,
      queue: arrivals.queueArn,
      filter: { s3Key: { rules: [{ name: 'prefix', value: inputPrefix }] } },
    })),
  }
  // S3 tries the queue when the notification is set
  if (allowed.policyDependable) bucket.node.addDependency(allowed.policyDependable)
}
