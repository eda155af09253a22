/** The stack of one environment: a pipeline, its own bucket or key, and the receivers of its alarms. */
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Annotations, Stack, type StackProps, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Environment } from './environments.ts'
import { SupertrendPipeline } from './supertrend-pipeline.ts'

export interface EnrichmentStackProps extends StackProps {
  readonly environment: Environment
}

export class EnrichmentStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: EnrichmentStackProps) {
    const { account, region, terminationProtection, needsAccount, ...row } = environment
    super(scope, id, {
      ...((account ?? region) !== undefined && { env: { ...(account && { account }), ...(region && { region }) } }),
      ...(terminationProtection !== undefined && { terminationProtection }),
      ...props,
    })
    const { existingBucketName, existingBucketKeyArn, encryptionKey: key, ...others } = row
    const { alarmEmail, pageTopicArn, ticketTopicArn, needsReceiver, ...pipelineProps } = others
    const encryptionKey = key && (key === 'new' ? this.#newKey(environment) : Key.fromKeyArn(this, 'Key', key))
    const [page, ticket] = [this.#topic('PageTopic', pageTopicArn), this.#topic('TicketTopic', ticketTopicArn)]
    // physical names omit this id: they begin with the name of the stack
    const pipeline = new SupertrendPipeline(this, 'Default', {
      ...pipelineProps,
      ...(existingBucketName && { bucket: this.#existingBucket(existingBucketName, existingBucketKeyArn) }),
      ...(encryptionKey && { encryptionKey }),
      alarms: { ...(page && { page }), ...(ticket && { ticket }) },
    })
    if (alarmEmail !== undefined) {
      for (const topic of [pipeline.pageTopic, pipeline.ticketTopic]) subscribe(topic, alarmEmail)
    } else if (needsReceiver && page === undefined) {
      const remedy = 'set alarmEmail or pageTopicArn in lib/environments.ts'
      Annotations.of(this).addWarningV2('parquet-supertrend:no-receiver', `no alarm reaches anybody; ${remedy}`)
    }
    if (needsAccount && (account === undefined || region === undefined)) {
      const remedy = 'set account and region in lib/environments.ts'
      const text = `whoever has credentials can deploy this to any account and region; ${remedy}`
      Annotations.of(this).addWarningV2('parquet-supertrend:no-account', text)
    }
    if (needsReceiver && row.runbookUrl === undefined) {
      const text = 'the mail of an alarm links no runbook; set runbookUrl in lib/environments.ts to its full URL'
      Annotations.of(this).addWarningV2('parquet-supertrend:no-runbook', text)
    }
  }

  #newKey({ removalPolicy }: Environment): Key {
    return new Key(this, 'Key', { enableKeyRotation: true, ...(removalPolicy && { removalPolicy }) })
  }

  #existingBucket(bucketName: string, keyArn: string | undefined) {
    const encryptionKey: IKey | undefined = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'BucketKey', keyArn)
    return Bucket.fromBucketAttributes(this, 'Bucket', { bucketName, ...(encryptionKey && { encryptionKey }) })
  }

  #topic(id: string, arn: string | undefined): ITopic | undefined {
    return arn === undefined ? undefined : Topic.fromTopicArn(this, id, arn)
  }
}

function subscribe(topic: ITopic, email: string): void {
  topic.addSubscription(new EmailSubscription(email))
  Validations.of(topic).acknowledge({
    id: 'Serverless::Serverless-SNSRedrivePolicy',
    reason: 'A mail that cannot be delivered is not kept; the alarm stays in its state.',
  })
}
