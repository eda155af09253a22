/** The stack of one environment: a pipeline, and outputs with the names that the operator's commands need. */
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Annotations, CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Environment } from './environments.ts'
import { SupertrendPipeline } from './supertrend-pipeline.ts'

export interface EnrichmentStackProps extends StackProps {
  readonly environment: Environment
}

export class EnrichmentStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: EnrichmentStackProps) {
    const { account, region, terminationProtection, ...row } = environment
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
    this.#outputs(pipeline, encryptionKey)
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

  #outputs(pipeline: SupertrendPipeline, encryptionKey: IKey | undefined): void {
    const { bucket, inputPrefix, outputPrefix, failurePrefix, queue, repairs, deadLetters, canary } = pipeline
    const { sequenceQueues } = pipeline
    const [onCall, onCallObjects] = pipeline.onCallPolicies
    const outputs = {
      BucketName: bucket.bucketName,
      UploadTo: `s3://${bucket.bucketName}/${inputPrefix}`,
      EnrichedFiles: `s3://${bucket.bucketName}/${outputPrefix}`,
      FailureReports: `s3://${bucket.bucketName}/${failurePrefix}`,
      InputPrefix: inputPrefix,
      OutputPrefix: outputPrefix,
      FailurePrefix: failurePrefix,
      ArrivalsQueueUrl: queue.queueUrl,
      RepairsQueueUrl: repairs.queueUrl,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      ...(sequenceQueues && {
        SequencesQueueUrl: sequenceQueues.sequences.queueUrl,
        SequencesFailedQueueUrl: sequenceQueues.failed.queueUrl,
        SequencesFailedQueueArn: sequenceQueues.failed.queueArn,
      }),
      DeadLetterQueueArn: deadLetters.queueArn,
      PageTopicArn: pipeline.pageTopic.topicArn,
      TicketTopicArn: pipeline.ticketTopic.topicArn,
      // the unqualified function is $LATEST, which takes every output for that of a newer deployment
      FunctionName: pipeline.live.functionName,
      AuditFunctionName: pipeline.audit.functionName,
      ...(canary && { CanaryFunctionName: canary.functionName }),
      BackfillArn: pipeline.backfill.stateMachineArn,
      ArrivalsSourceId: pipeline.sourceIds.arrivals,
      RepairsSourceId: pipeline.sourceIds.repairs,
      ...(pipeline.sourceIds.sequences && { SequencesSourceId: pipeline.sourceIds.sequences }),
      LogGroupName: pipeline.function.logGroup.logGroupName,
      AuditLogGroupName: pipeline.audit.logGroup.logGroupName,
      ...(pipeline.canary && { CanaryLogGroupName: pipeline.canary.logGroup.logGroupName }),
      ...(pipeline.canarySchedule && { CanaryRuleName: pipeline.canarySchedule.ruleName }),
      ...(encryptionKey && { EncryptionKeyArn: encryptionKey.keyArn }),
      ...(onCall && { OnCallPolicyArn: onCall.managedPolicyArn }),
      ...(onCallObjects && { OnCallObjectsPolicyArn: onCallObjects.managedPolicyArn }),
    }
    for (const [id, value] of Object.entries(outputs)) new CfnOutput(this, id, { value })
  }
}

function subscribe(topic: ITopic, email: string): void {
  topic.addSubscription(new EmailSubscription(email))
  Validations.of(topic).acknowledge({
    id: 'Serverless::Serverless-SNSRedrivePolicy',
    reason: 'A mail that cannot be delivered is not kept; the alarm stays in its state.',
  })
}
