/** The queue in which dropped files wait for the function, and the one where those end that failed too often. */

import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, type RemovalPolicy } from 'aws-cdk-lib/core'
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
    this.deadLetters = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      removalPolicy,
    })
    this.arrivals = new Queue(this, 'Arrivals', {
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * VISIBILITY_PER_TIMEOUT),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      removalPolicy,
    })
  }
}
