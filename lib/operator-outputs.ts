/** The outputs of the stack that the operator's commands read: the names of what is deployed. */
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam'
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { CfnOutput, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Canary } from './canary.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import type { SequenceQueues } from './sequence-queues.ts'

export interface NamedParts {
  readonly pipeline: Pipeline
  readonly bucket: IBucket
  readonly queues: Queues
  readonly sequenceQueues: SequenceQueues | undefined
  readonly topics: { readonly page: ITopic; readonly ticket: ITopic }
  readonly function: LambdaFunction
  readonly live: IFunction
  readonly sources: {
    readonly arrivals: SqsEventSource
    readonly repairs: SqsEventSource
    readonly sequences: SqsEventSource | undefined
  }
  readonly audit: LambdaFunction
  readonly canary: Canary | undefined
  readonly backfill: IStateMachine
  readonly onCallPolicies: readonly IManagedPolicy[]
}

/** Of a stack, in CloudFormation. */
const MAX_OUTPUTS = 200

export class OperatorOutputs extends Construct {
  constructor(scope: Construct, id: string, parts: NamedParts) {
    super(scope, id)
    const before = idInStack(scope)
    for (const [name, value] of Object.entries({ ...settingOutputs(parts), ...nameOutputs(parts) })) {
      // the commands find the outputs of a pipeline by its id, so CDK adds no hash
      new CfnOutput(this, name, { value }).overrideLogicalId(`${before}${name}`)
    }
    this.node.addValidation({ validate: () => this.#tooMany() })
  }

  #tooMany(): string[] {
    const stack = Stack.of(this)
    const all = stack.node.findAll().filter((node) => node instanceof CfnOutput && Stack.of(node) === stack)
    if (all.length <= MAX_OUTPUTS) return []
    const advice = 'set "outputs: false" in pipelines that nobody operates with the commands, or use another stack'
    return [`${stack.node.path} has ${all.length} outputs; CloudFormation allows ${MAX_OUTPUTS}; ${advice}`]
  }
}

/** @returns the ids between the stack and the pipeline, as the ids of outputs contain them: letters and digits */
function idInStack(pipeline: Construct): string {
  const { scopes } = pipeline.node
  const ids = scopes.slice(scopes.indexOf(Stack.of(pipeline)) + 1).map(({ node }) => node.id)
  return ids
    .filter((id) => id !== 'Default')
    .join('')
    .replaceAll(/[^A-Za-z0-9]/g, '')
}

function settingOutputs({ pipeline, bucket: { bucketName } }: NamedParts): Record<string, string> {
  const { name, parsed, repairsConcurrency, encryptionKey } = pipeline
  const { inputPrefix, outputPrefix, failurePrefix } = parsed
  return {
    PipelineName: name,
    BucketName: bucketName,
    UploadTo: `s3://${bucketName}/${inputPrefix}`,
    EnrichedFiles: `s3://${bucketName}/${outputPrefix}`,
    FailureReports: `s3://${bucketName}/${failurePrefix}`,
    InputPrefix: inputPrefix,
    OutputPrefix: outputPrefix,
    FailurePrefix: failurePrefix,
    RepairsConcurrency: `${repairsConcurrency}`,
    ...(encryptionKey && { EncryptionKeyArn: encryptionKey.keyArn }),
  }
}

function nameOutputs({ queues, sequenceQueues, topics, sources, audit, canary, ...parts }: NamedParts) {
  const [onCall, onCallObjects] = parts.onCallPolicies
  return {
    ArrivalsQueueUrl: queues.arrivals.queueUrl,
    RepairsQueueUrl: queues.repairs.queueUrl,
    DeadLetterQueueUrl: queues.deadLetters.queueUrl,
    ...(sequenceQueues && {
      SequencesQueueUrl: sequenceQueues.sequences.queueUrl,
      SequencesFailedQueueUrl: sequenceQueues.failed.queueUrl,
      SequencesFailedQueueArn: sequenceQueues.failed.queueArn,
    }),
    DeadLetterQueueArn: queues.deadLetters.queueArn,
    PageTopicArn: topics.page.topicArn,
    TicketTopicArn: topics.ticket.topicArn,
    // the unqualified function is $LATEST, which takes every output for that of a newer deployment
    FunctionName: parts.live.functionName,
    AuditFunctionName: audit.functionName,
    BackfillArn: parts.backfill.stateMachineArn,
    ArrivalsSourceId: sources.arrivals.eventSourceMappingId,
    RepairsSourceId: sources.repairs.eventSourceMappingId,
    ...(sources.sequences && { SequencesSourceId: sources.sequences.eventSourceMappingId }),
    LogGroupName: parts.function.logGroup.logGroupName,
    AuditLogGroupName: audit.logGroup.logGroupName,
    ...(canary && {
      CanaryFunctionName: canary.function.functionName,
      CanaryLogGroupName: canary.function.logGroup.logGroupName,
      CanaryRuleName: canary.schedule.ruleName,
    }),
    ...(onCall && { OnCallPolicyArn: onCall.managedPolicyArn }),
    ...(onCallObjects && { OnCallObjectsPolicyArn: onCallObjects.managedPolicyArn }),
  }
}
