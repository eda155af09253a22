/** The two topics of alarms: a page wakes the operator on call, a ticket waits for office hours. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic, TopicPolicy } from 'aws-cdk-lib/aws-sns'
import { Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Pipeline } from './pipeline-props.ts'

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com')

export class AlarmTopics extends Construct {
  readonly page: ITopic
  readonly ticket: ITopic

  constructor(scope: Construct, id: string, pipeline: Pipeline) {
    super(scope, id)
    const { page, ticket } = pipeline.alarms ?? {}
    this.page = page ?? this.#topic('Page', pipeline)
    this.ticket = ticket ?? this.#topic('Ticket', pipeline)
    for (const topic of new Set([page, ticket])) if (topic) this.#allowInOwn(topic)
  }

  #topic(id: string, { name, encryptionKey }: Pipeline): Topic {
    const topic = new Topic(this, id, {
      enforceSSL: true,
      displayName: `${name} ${id}`,
      ...(encryptionKey && { masterKey: encryptionKey }),
    })
    // the policy that enforces TLS replaces the default one, which would let the account's alarms publish
    topic.addToResourcePolicy(this.#publishing(topic))
    return topic
  }

  /**
   * In a topic of the app with a policy, such as that of `enforceSSL`, and for its key. Without a policy the default one allows
   * it; nor can an imported topic get one here.
   */
  #allowInOwn(topic: ITopic): void {
    const { masterKey } = topic as Partial<Topic>
    if (topic.node.tryFindChild('Policy') instanceof TopicPolicy) topic.addToResourcePolicy(this.#publishing(topic))
    masterKey?.addToResourcePolicy(
      new PolicyStatement({
        principals: [CLOUDWATCH],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    )
  }

  #publishing({ topicArn }: ITopic): PolicyStatement {
    return new PolicyStatement({
      principals: [CLOUDWATCH],
      actions: ['sns:Publish'],
      resources: [topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    })
  }
}
