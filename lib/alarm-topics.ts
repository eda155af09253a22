/** Whom an alarm reaches: a page wakes somebody, a ticket waits for office hours. */
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Annotations, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'

export interface AlarmTopicsProps {
  /** Receives pages and tickets by mail, after somebody has confirmed the subscription. */
  readonly alarmEmail?: string
  /** A topic of yours that pages go to: PagerDuty, Incident Manager, Chatbot. It has to allow CloudWatch to publish. */
  readonly pageTopicArn?: string
  /** The same for tickets. */
  readonly ticketTopicArn?: string
  /** Whether it is worth a warning that nobody receives the alarms. */
  readonly needsReceiver: boolean
}

export class AlarmTopics extends Construct {
  readonly page: ITopic
  readonly ticket: ITopic

  constructor(scope: Construct, id: string, props: AlarmTopicsProps) {
    super(scope, id)
    const { alarmEmail, pageTopicArn, ticketTopicArn, needsReceiver } = props
    this.page = this.#topic('Page', pageTopicArn, alarmEmail)
    this.ticket = this.#topic('Ticket', ticketTopicArn, alarmEmail)
    if (needsReceiver && alarmEmail === undefined && pageTopicArn === undefined) {
      const remedy = 'set alarmEmail or pageTopicArn in lib/environments.ts'
      Annotations.of(this).addWarningV2('parquet-supertrend:no-receiver', `no alarm reaches anybody; ${remedy}`)
    }
  }

  #topic(name: string, arn: string | undefined, email: string | undefined): ITopic {
    if (arn !== undefined) return Topic.fromTopicArn(this, name, arn)
    const topic = new Topic(this, name, { enforceSSL: true, displayName: `${Stack.of(this).stackName} ${name}` })
    // the policy that enforces TLS replaces the default one, which would let the account's alarms publish
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    if (email !== undefined) {
      topic.addSubscription(new EmailSubscription(email))
      Validations.of(topic).acknowledge({
        id: 'Serverless::Serverless-SNSRedrivePolicy',
        reason: 'A mail that cannot be delivered is not kept; the alarm stays in its state.',
      })
    }
    return topic
  }
}
