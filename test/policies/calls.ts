/**
 * Every call that our code makes, with its caller and its resource. A call that is missing here fails `npm run test:deploy`,
 * which records those of the running code; one that nothing makes fails there too. What a row allows beyond is denied:
 * `policies.test.ts` asks for every other pair of a caller and a row.
 */
import type { Caller, Place, Places } from './places.ts'

export interface Call {
  readonly caller: Caller
  /** As IAM calls it: `s3:PutObject` for every request that writes. */
  readonly action: string
  readonly on: readonly Place[]
  /** Undefined: wherever the caller and the place exist. */
  readonly when?: (places: Places) => boolean
  /** Also in further source buckets; the function and the audit do there all that they do in the first one. */
  readonly isInEachBucket?: true
  /** Why no recording has it. */
  readonly unseen?: string
  /** A recording may have it all the same, depending on which of two functions is faster. */
  readonly isOfTiming?: true
}

const S3_SAYS_403 = 'S3 asks for it itself: without it, an object that is not there is answered with 403'
const CANARY_CODE = 'the place of the canary as a whole is handled by the code that handles the market files'
const LOOKED_AT_LATER = 'an object that changes while it is read, or a file that takes too long; test/lambda has them'
const NOT_REPORTED = 'a file whose report cannot be written; test/lambda has it'
const OF_THE_SOURCE = 'CDK allows it with each source of messages; a sequence waits for the whole visibility timeout'
const IN_SEQUENCES = 'the deployed stack carries nothing from file to file; test/lambda has it'
const NO_MAIL = 'the emulator rings no alarm; test/bin/operator/alarm-test.test.ts has it'
const FAILED_UPLOAD = 'an upload that S3 lets fail; test/storage has it'

const BESIDE =
  'the function deletes it first, or the deployed settings have none; test/bin/operator/smoke.test.ts has it'
const NO_TAGS = 'S3 asks for it inside CopyObject, and only where the copied version has tags'
const NO_RESULTS = 'the emulator writes none; test/bin/operator/backfill.test.ts has it'
const NO_SEQUENCES = 'the deployed stack carries nothing from file to file'
const BY_A_MOVE = 'SQS does it for whoever starts a move of messages'

const BY_CONSOLE = 'the console makes it when somebody follows the link to the log in an alarm'
const LOGS = ['log', 'log of the audit', 'log of the canary'] as const

/** The alarms that are tested. */
const TESTED = ['page alarm', 'ticket alarm'] as const
/** What `npm run smoke` may find beside these. */
const SMOKE_BESIDE = ['smoke chart', 'smoke removed rows'] as const
/** What `npm run smoke` finds to delete. */
const SMOKE = ['smoke input', 'smoke output', 'smoke report'] as const
const SMOKE_IN_SEQUENCE =
  'the deployed stack carries nothing from file to file; optional-settings.deploytest.ts and test/bin/operator/smoke.test.ts have it'

export const CALLS: readonly Call[] = [
  // function
  { caller: 'function', action: 's3:GetObject', on: ['input', 'output', 'report', 'chart', 'removed rows'] },
  { caller: 'function', action: 's3:GetObject', on: ['canary input', 'canary output', 'canary report'] },
  { caller: 'function', action: 's3:PutObject', on: ['output', 'report', 'chart', 'removed rows', 'canary output'] },
  { caller: 'function', action: 's3:PutObject', on: ['canary input', 'canary report'], unseen: CANARY_CODE },
  { caller: 'function', action: 's3:DeleteObject', on: ['report', 'chart', 'removed rows'] },
  {
    caller: 'function',
    action: 's3:DeleteObject',
    on: ['output'],
    when: ({ settings }) => settings.onRemoved === 'remove',
  },
  {
    caller: 'function',
    action: 's3:DeleteObject',
    on: ['canary input', 'canary output', 'canary report'],
    unseen: CANARY_CODE,
    // the canary deletes its file first, and then the output
    isOfTiming: true,
  },
  {
    caller: 'function',
    action: 's3:AbortMultipartUpload',
    on: ['output', 'removed rows'],
    unseen: FAILED_UPLOAD,
  },
  {
    caller: 'function',
    action: 's3:AbortMultipartUpload',
    on: ['canary input', 'canary output', 'canary report'],
    unseen: CANARY_CODE,
  },
  { caller: 'function', action: 's3:ListBucket', on: ['bucket'], unseen: S3_SAYS_403 },
  { caller: 'function', action: 'sqs:ChangeMessageVisibility', on: ['arrivals', 'repairs'] },
  { caller: 'function', action: 'sqs:SendMessage', on: ['arrivals', 'repairs'], unseen: LOOKED_AT_LATER },
  { caller: 'function', action: 'sqs:SendMessage', on: ['dead letters'], unseen: NOT_REPORTED },
  { caller: 'function', action: 's3:GetObject', on: ['sequence object'], unseen: IN_SEQUENCES },
  { caller: 'function', action: 's3:PutObject', on: ['sequence object'], unseen: IN_SEQUENCES },
  { caller: 'function', action: 'sqs:SendMessage', on: ['sequences'], unseen: IN_SEQUENCES },
  { caller: 'function', action: 'sqs:ChangeMessageVisibility', on: ['sequences'], unseen: OF_THE_SOURCE },
  { caller: 'function', action: 'events:PutEvents', on: ['event bus'] },

  // canary
  { caller: 'canary', action: 's3:PutObject', on: ['canary input'] },
  { caller: 'canary', action: 's3:GetObject', on: ['canary output'] },
  { caller: 'canary', action: 's3:DeleteObject', on: ['canary input', 'canary output'] },
  { caller: 'canary', action: 's3:ListBucket', on: ['bucket'], unseen: S3_SAYS_403 },

  // audit
  { caller: 'audit', action: 's3:ListBucket', on: ['bucket'] },
  { caller: 'audit', action: 's3:GetObject', on: ['input', 'output', 'report'] },
  { caller: 'audit', action: 'sqs:SendMessage', on: ['repairs'], when: ({ auditRepairs }) => auditRepairs },
  { caller: 'audit', action: 'lambda:InvokeFunction', on: ['the audit'] },

  // an operator's commands
  { caller: 'operator', action: 'cloudformation:DescribeStacks', on: ['stack'] },
  { caller: 'operator', action: 'lambda:GetFunctionConfiguration', on: ['the live alias'] },
  { caller: 'operator', action: 'lambda:ListEventSourceMappings', on: ['anything'] },
  { caller: 'operator', action: 'cloudwatch:DescribeAlarms', on: ['page alarm', 'ticket alarm', 'other alarm'] },
  { caller: 'operator', action: 'cloudwatch:DescribeAlarmHistory', on: TESTED, unseen: NO_MAIL },
  { caller: 'operator', action: 'cloudwatch:SetAlarmState', on: TESTED, unseen: NO_MAIL },
  { caller: 'operator', action: 's3:ListBucket', on: ['bucket'], isInEachBucket: true },
  { caller: 'operator', action: 's3:GetObject', on: ['input', 'output', 'report'], isInEachBucket: true },
  { caller: 'operator', action: 'sqs:GetQueueAttributes', on: ['arrivals', 'repairs', 'dead letters'] },
  { caller: 'operator', action: 'sqs:SendMessage', on: ['repairs', 'dead letters'] },
  { caller: 'operator', action: 'sqs:ReceiveMessage', on: ['dead letters'] },
  { caller: 'operator', action: 'sqs:DeleteMessage', on: ['dead letters'] },
  { caller: 'operator', action: 's3:GetObject', on: ['sequence object'], isInEachBucket: true, unseen: IN_SEQUENCES },
  { caller: 'operator', action: 'sqs:GetQueueAttributes', on: ['sequences', 'failed sequences'], unseen: IN_SEQUENCES },
  { caller: 'operator', action: 'sqs:ReceiveMessage', on: ['failed sequences'], unseen: IN_SEQUENCES },
  { caller: 'operator', action: 'sqs:DeleteMessage', on: ['failed sequences'], unseen: IN_SEQUENCES },
  { caller: 'operator', action: 'states:StartExecution', on: ['state machine'] },
  { caller: 'operator', action: 'states:ListExecutions', on: ['state machine'] },
  { caller: 'operator', action: 'states:DescribeExecution', on: ['runs'] },
  { caller: 'operator', action: 'states:ListMapRuns', on: ['runs'] },
  { caller: 'operator', action: 'states:DescribeMapRun', on: ['map runs'] },
  { caller: 'operator', action: 's3:DeleteObjectVersion', on: SMOKE },
  { caller: 'operator', action: 's3:DeleteObjectVersion', on: SMOKE_BESIDE, unseen: BESIDE },
  { caller: 'operator', action: 's3:DeleteObjectVersion', on: ['smoke sequence object'], unseen: SMOKE_IN_SEQUENCE },

  // the commands of docs/runbook.md
  { caller: 'operator', action: 's3:ListBucketVersions', on: ['bucket'] },
  { caller: 'operator', action: 's3:GetBucketNotification', on: ['bucket'] },
  { caller: 'operator', action: 's3:GetObject', on: ['backfill results'], unseen: NO_RESULTS },
  { caller: 'operator', action: 's3:GetObjectVersion', on: ['input'] },
  { caller: 'operator', action: 's3:PutObject', on: ['input'] },
  { caller: 'operator', action: 's3:GetObjectVersionTagging', on: ['input'], unseen: NO_TAGS },
  { caller: 'operator', action: 's3:PutObjectTagging', on: ['input'], unseen: NO_TAGS },
  { caller: 'operator', action: 'sns:ListSubscriptionsByTopic', on: ['page topic', 'ticket topic'] },
  { caller: 'operator', action: 'cloudwatch:EnableAlarmActions', on: TESTED },
  { caller: 'operator', action: 'cloudwatch:GetMetricStatistics', on: ['anything'] },
  { caller: 'operator', action: 'lambda:GetAccountSettings', on: ['anything'] },
  { caller: 'operator', action: 'lambda:UpdateEventSourceMapping', on: ['source of arrivals', 'source of repairs'] },
  { caller: 'operator', action: 'lambda:UpdateEventSourceMapping', on: ['source of sequences'], unseen: NO_SEQUENCES },
  { caller: 'operator', action: 'sqs:GetQueueAttributes', on: ['sequences', 'failed sequences'], unseen: NO_SEQUENCES },
  { caller: 'operator', action: 'sqs:StartMessageMoveTask', on: ['failed sequences'], unseen: NO_SEQUENCES },
  { caller: 'operator', action: 'sqs:ReceiveMessage', on: ['failed sequences'], unseen: BY_A_MOVE },
  { caller: 'operator', action: 'sqs:DeleteMessage', on: ['failed sequences'], unseen: BY_A_MOVE },
  { caller: 'operator', action: 'sqs:SendMessage', on: ['sequences'], unseen: BY_A_MOVE },
  { caller: 'operator', action: 'lambda:InvokeFunction', on: ['the canary'] },
  { caller: 'operator', action: 'events:DescribeRule', on: ['schedule of the canary'] },
  { caller: 'operator', action: 'events:EnableRule', on: ['schedule of the canary'] },
  { caller: 'operator', action: 'logs:FilterLogEvents', on: LOGS },
  { caller: 'operator', action: 'logs:StartQuery', on: LOGS, unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:GetQueryResults', on: LOGS, unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:GetLogRecord', on: LOGS, unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:GetLogGroupFields', on: LOGS, unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:StopQuery', on: ['anything'], unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:DescribeLogGroups', on: ['anything'], unseen: BY_CONSOLE },
  { caller: 'operator', action: 'logs:DescribeQueryDefinitions', on: ['anything'], unseen: BY_CONSOLE },
  { caller: 'operator', action: 'cloudwatch:GetMetricData', on: ['anything'], unseen: BY_CONSOLE },
  { caller: 'operator', action: 'states:StopExecution', on: ['runs'] },
  { caller: 'operator', action: 'kms:DescribeKey', on: ['keys'] },
  { caller: 'operator', action: 'kms:EnableKey', on: ['keys'] },
  { caller: 'operator', action: 'kms:CancelKeyDeletion', on: ['keys'] },
]
