/** The bucket for uploads and outputs, if the user has not given one. */
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Duration, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { BACKFILL_RESULTS_PREFIX, CANARY_PREFIXES } from '../functions/shared/names.ts'
import type { Pipeline } from './pipeline-props.ts'

/** Retention of the results of backfills; long enough to inspect one. */
const RESULTS_EXPIRATION = Duration.days(30)

export class UploadBucket extends Bucket {
  constructor(scope: Construct, id: string, pipeline: Pipeline) {
    const { encryptionKey, versioned, removalPolicy } = pipeline
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...(encryptionKey
        ? // one request to KMS for many objects
          { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned,
      lifecycleRules: lifecycleRules(pipeline),
      removalPolicy,
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason: 'Access to market files is not logged by default; CloudTrail data events can log it.',
    })
  }

  /** The CloudFormation resource, for properties that CDK would set with a custom resource. */
  get resource(): CfnBucket {
    return this.node.defaultChild as CfnBucket
  }
}

function lifecycleRules(pipeline: Pipeline): LifecycleRule[] {
  const { parsed, versioned, noncurrentExpiration, incomingExpiration, reportExpiration, chartExpiration } = pipeline
  const expiring = (id: string, prefix: string | undefined, expiration: Duration | undefined) =>
    prefix === undefined || expiration === undefined ? [] : [{ id, prefix, expiration }]
  const oldVersions = { id: 'old-versions', noncurrentVersionExpiration: noncurrentExpiration }
  return [
    { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ...expiring('uploaded-files', parsed.inputPrefix, incomingExpiration),
    ...expiring('reports', parsed.failurePrefix, reportExpiration),
    ...expiring('charts', parsed.chartPrefix, chartExpiration),
    ...expiring('backfill-results', BACKFILL_RESULTS_PREFIX, RESULTS_EXPIRATION),
    ...expiring('canary', CANARY_PREFIXES.all, Duration.days(1)),
    // with versions, an expiration only hides an object: these two rules delete it
    ...(versioned ? [oldVersions, { id: 'delete-markers', expiredObjectDeleteMarker: true }] : []),
  ]
}
