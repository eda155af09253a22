/** The queue in which dropped files wait for the function, and the one where those end that need somebody. */
import { Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { ArnFormat, Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'

export interface FailureQueuesProps {
  /** Of the function. */
  readonly timeout: Duration
  readonly removalPolicy: RemovalPolicy
}

/** AWS's advice: below that, a message comes again while a throttled function still has it. */
const VISIBILITY_PER_TIMEOUT = 6
const MAX_RECEIVE_COUNT = 5

export class FailureQueues extends Construct {
  readonly arrivals: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { timeout, removalPolicy }: FailureQueuesProps) {
    super(scope, id)
    // named, because each queue has to name the other
    const stack = Stack.of(this)
    const queueName = `${stack.stackName}-arrivals`
    const arn = stack.formatArn({ service: 'sqs', resource: queueName, arnFormat: ArnFormat.NO_RESOURCE_NAME })
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: `${stack.stackName}-dead-letters`,
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'ArrivalsByName', arn)],
      },
      removalPolicy,
    })
    Validations.of(this.deadLetters).acknowledge({
      id: 'Serverless::Serverless-SQSRedrivePolicy',
      reason: 'It is the last queue: what lies in it waits for somebody.',
    })
    this.arrivals = new Queue(this, 'Arrivals', {
      queueName,
      // a file is not lost because nobody looked for a weekend
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * VISIBILITY_PER_TIMEOUT),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      removalPolicy,
    })
  }
}
