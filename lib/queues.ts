/** The queues of keys to reconcile, and the queue of messages that failed for hours. */
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { QUEUES } from '../functions/shared/names.ts'
import type { Pipeline } from './pipeline-props.ts'
import { visibilityTimeoutOf } from './visibility.ts'

/**
 * With the back-off of the function, the last of so many receives is almost four hours after the first: an incident of
 * S3 or of a permission ends before messages become dead letters.
 */
const MAX_RECEIVE_COUNT = 30
/** The maximum of SQS: a message survives until an operator is back from a holiday. */
export const RETENTION = Duration.days(14)

export class Queues extends Construct {
  /** Receives the events of uploads. */
  readonly arrivals: Queue
  /** Receives the keys of backfills, audits and redrives, so that new files do not wait behind them. */
  readonly repairs: Queue
  readonly deadLetters: Queue
  readonly deadLettersName: string

  constructor(scope: Construct, id: string, pipeline: Pipeline) {
    super(scope, id)
    const { name, removalPolicy } = pipeline
    this.deadLettersName = `${name}-dead-letters`
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: this.deadLettersName,
      retentionPeriod: RETENTION,
      enforceSSL: true,
      ...encryptionOf(pipeline),
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: Object.values(QUEUES).map((end) =>
          Queue.fromQueueArn(this, `${end}-by-name`, queueArn(this, name, end)),
        ),
      },
      removalPolicy,
    })
    Validations.of(this.deadLetters).acknowledge({
      id: 'Serverless::Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue itself: its messages wait for an operator.',
    })
    this.arrivals = this.#workQueue('Arrivals', QUEUES.arrivals, pipeline)
    this.repairs = this.#workQueue('Repairs', QUEUES.repairs, pipeline)
  }

  #workQueue(id: string, end: string, pipeline: Pipeline): Queue {
    return new Queue(this, id, {
      // named, because this queue and the dead-letter queue refer to each other
      queueName: `${pipeline.name}-${end}`,
      retentionPeriod: RETENTION,
      visibilityTimeout: visibilityTimeoutOf(pipeline.timeout),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      ...encryptionOf(pipeline),
      removalPolicy: pipeline.removalPolicy,
    })
  }
}

/** The ARN of a queue that need not exist yet: it and its dead-letter queue refer to each other. */
export function queueArn(scope: Construct, name: string, end: string): string {
  const { NO_RESOURCE_NAME } = ArnFormat
  return Stack.of(scope).formatArn({ service: 'sqs', resource: `${name}-${end}`, arnFormat: NO_RESOURCE_NAME })
}

export function encryptionOf({ encryptionKey }: Pipeline) {
  return encryptionKey ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey } : {}
}
