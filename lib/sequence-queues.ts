/** The queue of keys whose files continue each other, and its dead letters. It exists only with the setting `carry`. */
import { DeduplicationScope, FifoThroughputLimit, Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { SEQUENCE_QUEUES } from '../functions/shared/names.ts'
import type { Pipeline } from './pipeline-props.ts'
import { encryptionOf, queueArn, RETENTION } from './queues.ts'
import { visibilityTimeoutOf } from './visibility.ts'

/**
 * The function itself sends what failed for a later attempt. SQS counts only receives in which it was killed or reached its
 * timeout, and reports their file after three. Those that remain have failed outside of any file.
 */
const MAX_SEQUENCE_RECEIVES = 10

/**
 * Without it, all sequences together have 300 requests of each kind a second, which an upload of many files exceeds: each file is
 * a message. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
 */
const HIGH_THROUGHPUT = {
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
}

export class SequenceQueues extends Construct {
  /** Hands out the messages of one sequence to one worker at a time. */
  readonly sequences: Queue
  readonly failed: Queue

  constructor(scope: Construct, id: string, pipeline: Pipeline) {
    super(scope, id)
    const { name, timeout, removalPolicy, isEmulated } = pipeline
    const common = {
      fifo: true,
      retentionPeriod: RETENTION,
      enforceSSL: true,
      ...encryptionOf(pipeline),
      removalPolicy,
    }
    this.failed = new Queue(this, 'Failed', {
      ...common,
      queueName: `${name}-${SEQUENCE_QUEUES.failed}`,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'by-name', queueArn(this, name, SEQUENCE_QUEUES.sequences))],
      },
    })
    Validations.of(this.failed).acknowledge({
      id: 'Serverless::Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue itself: its messages wait for an operator.',
    })
    this.sequences = new Queue(this, 'Sequences', {
      ...common,
      queueName: `${name}-${SEQUENCE_QUEUES.sequences}`,
      // not tried on the emulator
      ...(isEmulated ? {} : HIGH_THROUGHPUT),
      // longer than the function works: no second worker takes the sequence meanwhile
      visibilityTimeout: visibilityTimeoutOf(timeout),
      deadLetterQueue: { queue: this.failed, maxReceiveCount: MAX_SEQUENCE_RECEIVES },
    })
  }
}
