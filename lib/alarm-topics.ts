/** The two topics of alarms: a page wakes the operator on call, a ticket waits for office hours. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Pipeline } from './pipeline-props.ts'

export class AlarmTopics extends Construct {
  readonly page: ITopic
  readonly ticket: ITopic

  constructor(scope: Construct, id: string, pipeline: Pipeline) {
    super(scope, id)
    this.page = pipeline.alarms?.page ?? this.#topic('Page', pipeline)
    this.ticket = pipeline.alarms?.ticket ?? this.#topic('Ticket', pipeline)
  }

  #topic(id: string, { name, encryptionKey }: Pipeline): Topic {
    const topic = new Topic(this, id, {
      enforceSSL: true,
      displayName: `${name} ${id}`,
      ...(encryptionKey && { masterKey: encryptionKey }),
    })
    // the policy that enforces TLS replaces the default one, which would let the account's alarms publish
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    return topic
  }
}
