/** The bucket for uploads and outputs, if the user has not given one. */
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  BucketNotificationDestinationType,
  type CfnBucket,
  type EventType,
  type IBucketNotificationDestination,
  type LifecycleRule,
  type NotificationKeyFilter,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Duration, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { BACKFILL_RESULTS_PREFIX, CANARY_PREFIXES } from '../functions/shared/names.ts'
import type { Pipeline } from './pipeline-props.ts'

/** Retention of the results of backfills; long enough to inspect one. */
const RESULTS_EXPIRATION = Duration.days(30)

export class UploadBucket extends Bucket {
  readonly #notifications: QueueNotification[] = []
  #hasEventBridge = false
  #hasHandler = false

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

  /** Sends a queue the events below a prefix; the policy of the queue has to allow it. */
  notify(notification: QueueNotification): void {
    this.#notifications.push(notification)
    this.#place()
  }

  override enableEventBridgeNotification(): void {
    this.#hasEventBridge = true
    this.#place()
  }

  /** Notifications of the user of the pipeline, which are added to its own. */
  override addEventNotification(
    event: EventType,
    destination: IBucketNotificationDestination,
    ...filters: NotificationKeyFilter[]
  ): void {
    this.#hasHandler = true
    this.#place()
    super.addEventNotification(event, destination, ...filters)
  }

  /**
   * As a property of the bucket, as long as all notifications are those of pipelines: CDK's own way deploys a second function with
   * rights on every bucket's notifications. That function replaces what the property says, so both would not go together.
   */
  #place(): void {
    if (this.#hasHandler) {
      this.#placeByHandler()
      return
    }
    this.#resource.notificationConfiguration = {
      ...(this.#notifications.length > 0 && {
        queueConfigurations: this.#notifications.map(({ event, queueArn, prefix }) => ({
          event,
          queue: queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
        })),
      }),
      ...(this.#hasEventBridge && { eventBridgeConfiguration: { eventBridgeEnabled: true } }),
    }
  }

  #placeByHandler(): void {
    this.#resource.notificationConfiguration = undefined
    if (this.#hasEventBridge) super.enableEventBridgeNotification()
    for (const { event, queueArn, prefix } of this.#notifications.splice(0)) {
      const destination = { bind: () => ({ arn: queueArn, type: BucketNotificationDestinationType.QUEUE }) }
      super.addEventNotification(event, destination, { prefix })
    }
  }

  get #resource(): CfnBucket {
    return this.node.defaultChild as CfnBucket
  }
}

/** Events of one kind below a prefix, which is encoded as S3 wants it. */
interface QueueNotification {
  readonly event: EventType
  readonly queueArn: string
  readonly prefix: string
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
