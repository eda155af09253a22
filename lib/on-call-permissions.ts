/** The permissions of the person on call, part by part. test/policies has a row for each call that needs one. */
import type { IRule } from 'aws-cdk-lib/aws-events'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Arn, ArnFormat, Aws, Stack } from 'aws-cdk-lib/core'
import type { FunctionSettings } from '../functions/lambda/settings-types.ts'
import { BACKFILL_RESULTS_PREFIX, SMOKE_PREFIX, TESTED_ALARMS } from '../functions/shared/names.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import type { SequenceQueues } from './sequence-queues.ts'

const LOG_ACTIONS = ['FilterLogEvents', 'StartQuery', 'GetQueryResults', 'GetLogRecord', 'GetLogGroupFields'].map(
  (action) => `logs:${action}`,
)

export interface Permission {
  readonly actions: readonly string[]
  readonly on: readonly string[]
}

export interface OperatedParts {
  readonly pipeline: Pipeline
  readonly bucket: IBucket
  readonly queues: Queues
  readonly sequenceQueues: SequenceQueues | undefined
  readonly topics: readonly ITopic[]
  readonly live: IFunction
  /** ARNs of the event sources of the function. */
  readonly sources: readonly string[]
  readonly logs: readonly ILogGroup[]
  readonly canary: { readonly function: IFunction; readonly schedule: IRule } | undefined
  readonly backfill: IStateMachine
}

export function permissionsOf(parts: OperatedParts): Permission[] {
  const { pipeline, bucket } = parts
  return [
    ...describing(parts),
    ...operating(parts),
    ...inBucket(bucket, pipeline.parsed),
    ...onQueues(parts),
    ...onBackfills(parts),
    ...onKeys([pipeline.encryptionKey, bucket.encryptionKey]),
  ]
}

/** The permissions for a source bucket: it is audited, and its refused files are redriven. */
export function permissionsOnSource(bucket: IBucket, settings: FunctionSettings): Permission[] {
  return [
    { actions: ['s3:ListBucket'], on: [bucket.bucketArn] },
    { actions: ['s3:GetObject'], on: objectsUnder(bucket, audited(settings)) },
    ...onKeys([bucket.encryptionKey]),
  ]
}

function describing({ live, pipeline, topics, logs }: OperatedParts): Permission[] {
  const stack = Stack.of(live)
  // whatever id the stack has: a call that names it is about all ids
  const resourceName = `${Aws.STACK_NAME}/*`
  return [
    {
      actions: ['cloudformation:DescribeStacks'],
      on: [stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName })],
    },
    { actions: ['lambda:GetFunctionConfiguration'], on: [live.functionArn] },
    // CloudWatch shows composite alarms only to principals that may see all alarms
    { actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricStatistics', 'cloudwatch:GetMetricData'], on: ['*'] },
    { actions: ['lambda:ListEventSourceMappings', 'lambda:GetAccountSettings'], on: ['*'] },
    { actions: ['cloudwatch:DescribeAlarmHistory'], on: testedAlarms(stack, pipeline) },
    { actions: ['sns:ListSubscriptionsByTopic'], on: topics.map(({ topicArn }) => topicArn) },
    // the link to the log in an alarm opens the console, which lists the groups and the saved queries, and runs the query
    { actions: ['logs:DescribeLogGroups', 'logs:DescribeQueryDefinitions', 'logs:StopQuery'], on: ['*'] },
    { actions: LOG_ACTIONS, on: logs.map(({ logGroupArn }) => logGroupArn) },
  ]
}

/** The test of alarms, the kill switch, and the canary by hand. */
function operating({ live, pipeline, sources, canary }: OperatedParts): Permission[] {
  return [
    {
      actions: ['cloudwatch:SetAlarmState', 'cloudwatch:EnableAlarmActions'],
      on: testedAlarms(Stack.of(live), pipeline),
    },
    { actions: ['lambda:UpdateEventSourceMapping'], on: sources },
    ...(canary
      ? [
          { actions: ['lambda:InvokeFunction'], on: [canary.function.functionArn] },
          { actions: ['events:DescribeRule', 'events:EnableRule'], on: [canary.schedule.ruleArn] },
        ]
      : []),
  ]
}

function testedAlarms(stack: Stack, { name }: Pipeline): string[] {
  const arnOf = (id: string) =>
    stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `${name}-${id}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  return Object.values(TESTED_ALARMS).map(arnOf)
}

function inBucket(bucket: IBucket, settings: FunctionSettings): Permission[] {
  const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry } = settings
  const written = [inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry?.prefix]
  const ofSmoke = written.flatMap((prefix) => (prefix === undefined ? [] : [`${prefix}${SMOKE_PREFIX}`]))
  return [
    { actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketNotification'], on: [bucket.bucketArn] },
    { actions: ['s3:GetObject'], on: objectsUnder(bucket, [...audited(settings), BACKFILL_RESULTS_PREFIX]) },
    // an older version is copied over the current one, with its tags if it has any
    {
      actions: ['s3:GetObjectVersion', 's3:GetObjectVersionTagging', 's3:PutObject', 's3:PutObjectTagging'],
      on: objectsUnder(bucket, [inputPrefix]),
    },
    { actions: ['s3:DeleteObjectVersion'], on: objectsUnder(bucket, ofSmoke) },
  ]
}

function audited({ inputPrefix, outputPrefix, failurePrefix, carry }: FunctionSettings): string[] {
  return [inputPrefix, outputPrefix, failurePrefix, ...(carry ? [carry.prefix] : [])]
}

function objectsUnder(bucket: IBucket, prefixes: readonly string[]): string[] {
  return prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`))
}

function onQueues({ queues: { arrivals, repairs, deadLetters }, sequenceQueues }: OperatedParts): Permission[] {
  const all = [arrivals, repairs, deadLetters].map(({ queueArn }) => queueArn)
  return [
    { actions: ['sqs:GetQueueAttributes'], on: all },
    // `npm run smoke` writes a dead letter of its own
    { actions: ['sqs:SendMessage'], on: [repairs.queueArn, deadLetters.queueArn] },
    { actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], on: [deadLetters.queueArn] },
    ...(sequenceQueues ? onSequences(sequenceQueues) : []),
  ]
}

/** SQS moves the dead letters with the rights of the principal that starts it. */
function onSequences({ sequences: { queueArn }, failed }: SequenceQueues): Permission[] {
  return [
    { actions: ['sqs:GetQueueAttributes'], on: [queueArn, failed.queueArn] },
    { actions: ['sqs:SendMessage'], on: [queueArn] },
    { actions: ['sqs:StartMessageMoveTask', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'], on: [failed.queueArn] },
  ]
}

function onBackfills({ backfill }: OperatedParts): Permission[] {
  const { stateMachineArn } = backfill
  const { COLON_RESOURCE_NAME } = ArnFormat
  const name = Arn.split(stateMachineArn, COLON_RESOURCE_NAME).resourceName
  const arnOf = (resource: string, rest: string) =>
    Stack.of(backfill).formatArn({
      service: 'states',
      resource,
      resourceName: `${name}${rest}`,
      arnFormat: COLON_RESOURCE_NAME,
    })
  return [
    { actions: ['states:StartExecution', 'states:ListExecutions'], on: [stateMachineArn] },
    {
      actions: ['states:DescribeExecution', 'states:ListMapRuns', 'states:StopExecution'],
      on: [arnOf('execution', ':*')],
    },
    { actions: ['states:DescribeMapRun'], on: [arnOf('mapRun', '/*')] },
  ]
}

/** Files and messages are encrypted with them; and a key that was switched off by mistake is switched on again. */
function onKeys(keys: readonly (IKey | undefined)[]): Permission[] {
  const on = [...new Set(keys.flatMap((key) => (key ? [key.keyArn] : [])))]
  if (on.length === 0) return []
  const use = ['kms:Decrypt', 'kms:GenerateDataKey']
  return [{ actions: [...use, 'kms:DescribeKey', 'kms:EnableKey', 'kms:CancelKeyDeletion'], on }]
}
