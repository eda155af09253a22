/** The bucket that files are dropped into and enriched files appear in. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { PARQUET_SUFFIX } from '../functions/shared/names.ts'

export interface DropBucketProps {
  readonly inputPrefix: string
  /** Told of every file dropped. */
  readonly arrivals: Queue
  readonly removalPolicy: RemovalPolicy
}

export class DropBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { inputPrefix, arrivals, removalPolicy }: DropBucketProps) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [{ id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
    })
    this.#notify(arrivals, inputPrefix)
  }

  /**
   * As a property of the bucket: CDK's `addEventNotification` would deploy a second function with rights on every
   * bucket's notifications to set it.
   */
  #notify(arrivals: Queue, inputPrefix: string): void {
    // every bucket of this account: naming this one would make the policy and the bucket wait for each other
    const allowed = arrivals.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [arrivals.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    const bucket = this.bucket.node.defaultChild as CfnBucket
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          // not only Put: a large file arrives as CompleteMultipartUpload
          event: 's3:ObjectCreated:*',
          queue: arrivals.queueArn,
          filter: {
            s3Key: {
              rules: [
                { name: 'prefix', value: inputPrefix },
                { name: 'suffix', value: PARQUET_SUFFIX },
              ],
            },
          },
        },
      ],
    }
    // S3 tries the queue when the notification is set
    if (allowed.policyDependable) bucket.node.addDependency(allowed.policyDependable)
  }
}
