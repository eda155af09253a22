/** The queues in which keys wait to be looked at, and the one for messages that failed for hours. */
import { Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { ArnFormat, Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { QUEUES } from '../functions/shared/names.ts'

export interface QueuesProps {
  /** Of the function. */
  readonly timeout: Duration
  readonly removalPolicy: RemovalPolicy
}

/** A killed invocation may have ended a moment after its timeout. */
const VISIBILITY_MARGIN = Duration.seconds(60)
/** A message whose invocation is killed each time is received thirty times in three hours then. */
const MIN_VISIBILITY = Duration.seconds(390)
/**
 * With the back-off of the function, the last of so many receives is almost four hours after the first: an incident of
 * S3 or of a permission ends before messages become dead letters.
 */
const MAX_RECEIVE_COUNT = 30

export class Queues extends Construct {
  /** S3 notifies this one. */
  readonly arrivals: Queue
  /** For keys that a backfill, an audit or an operator wants looked at again: new files do not wait behind them. */
  readonly repairs: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, props: QueuesProps) {
    super(scope, id)
    const { removalPolicy } = props
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: `${Stack.of(this).stackName}-dead-letters`,
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: Object.values(QUEUES).map((name) => Queue.fromQueueArn(this, `${name}-by-name`, this.#arn(name))),
      },
      removalPolicy,
    })
    Validations.of(this.deadLetters).acknowledge({
      id: 'Serverless::Serverless-SQSRedrivePolicy',
      reason: 'It is the last queue: its messages wait for an operator.',
    })
    this.arrivals = this.#workQueue('Arrivals', QUEUES.arrivals, props)
    this.repairs = this.#workQueue('Repairs', QUEUES.repairs, props)
  }

  #workQueue(id: string, name: string, { timeout, removalPolicy }: QueuesProps): Queue {
    const visibility = timeout.plus(VISIBILITY_MARGIN)
    return new Queue(this, id, {
      queueName: this.#nameOf(name),
      // a file is not lost because nobody looked for a weekend
      retentionPeriod: Duration.days(14),
      // AWS advises six times the timeout, so that a throttled message is not received twice; here receiving a message twice
      // is harmless, and a crash should not delay a file by half an hour
      visibilityTimeout: visibility.toSeconds() < MIN_VISIBILITY.toSeconds() ? MIN_VISIBILITY : visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      removalPolicy,
    })
  }

  /** Named, because each queue has to name the other. */
  #nameOf(name: string): string {
    return `${Stack.of(this).stackName}-${name}`
  }

  #arn(name: string): string {
    const { NO_RESOURCE_NAME } = ArnFormat
    return Stack.of(this).formatArn({ service: 'sqs', resource: this.#nameOf(name), arnFormat: NO_RESOURCE_NAME })
  }
}
