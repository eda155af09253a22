/** The properties of a pipeline. Each has a default, so `new SupertrendPipeline(this, 'Bars')` deploys one. */

import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import { parseSettings } from '../functions/lambda/function-settings.ts'
import type { FunctionSettings, SettingsInput } from '../functions/lambda/settings-types.ts'
import { checkLimits } from './deployment-limits.ts'
import type { TableDescription } from './table-description.ts'
import { longer, minWaitOf } from './visibility.ts'

export interface SupertrendPipelineProps {
  /**
   * Settings of the function.
   * @default the defaults of the settings: Supertrend of stockstats with period 14 and multiplier 3
   */
  readonly settings?: SettingsInput
  /**
   * Your own bucket for uploads and outputs. Import it with its `encryptionKey`, if it has one.
   * @default a new bucket, which is not public, encrypted, and reached over TLS only
   */
  readonly bucket?: IBucket
  /**
   * Source of the upload events. `eventbridge` suits a bucket that has other notifications. The owner of an imported
   * bucket has to switch EventBridge on.
   * @default 's3'
   */
  readonly via?: 's3' | 'eventbridge'
  /**
   * Memory of the function. A file that is not in time order needs the most: 53 bytes a row to sort it.
   * @default 512 MiB
   */
  readonly memory?: Size
  /** @default 5 minutes */
  readonly timeout?: Duration
  /** @default ARM_64 */
  readonly architecture?: Architecture
  /**
   * Size of /tmp. New columns above 16 MiB, enough for about 3 million rows, are stored there until the file is written.
   * @default 512 MiB
   */
  readonly ephemeralStorage?: Size
  /**
   * Number of files that are enriched at the same time; the others wait in the queue.
   * @default 10
   */
  readonly maxConcurrency?: number
  /**
   * Number of files of backfills, audits and redrives that are enriched at the same time, in addition to
   * `maxConcurrency`. SQS allows no less than two.
   * @default 2
   */
  readonly repairsConcurrency?: number
  /**
   * Concurrency that Lambda keeps for the function, and also its limit: at least `maxConcurrency` (twice that with
   * the setting `carry`) and `repairsConcurrency` together.
   * @default none: the function shares the concurrency of the account
   */
  readonly reservedConcurrency?: number
  /**
   * Encrypts the new bucket, the queues, the new topics and the logs. An imported key needs a policy that allows their
   * services to use it: docs/deployment.md has it.
   * @default keys of AWS
   */
  readonly encryptionKey?: IKey
  /**
   * Whether the new bucket keeps versions.
   * @default false
   */
  readonly versioned?: boolean
  /**
   * Time after which S3 deletes uploaded files from the new bucket.
   * @default never
   */
  readonly incomingExpiration?: Duration
  /**
   * Time after which S3 deletes replaced and deleted versions of any object for good, in a new bucket with versions.
   * @default 30 days
   */
  readonly noncurrentExpiration?: Duration
  /**
   * Time after which S3 deletes reports of refused files. While the file exists, the audit has its report written again.
   * @default never
   */
  readonly reportExpiration?: Duration
  /**
   * Time after which S3 deletes charts. A backfill with `--again` draws them again.
   * @default never
   */
  readonly chartExpiration?: Duration
  /**
   * Your own topics. The policies of the topics and of their keys have to allow CloudWatch to publish: those of the app get it,
   * imported ones need it from their owner. Each page and each ticket sends ALARM only; OK comes from the alarm `NotEnriching` alone, once no page is
   * in alarm any more.
   * @default new topics without subscriptions
   */
  readonly alarms?: AlarmReceivers
  /**
   * Full URL of the runbook, such as that of your copy of docs/runbook.md. Each alarm links its section.
   * @default docs/runbook.md, which is a path in the package and no link
   */
  readonly runbookUrl?: string
  /**
   * Time that an uploaded file may wait before an alarm pages the operator; at least the time of a file whose invocation
   * is killed twice.
   * @default 30 minutes, or twice the visibility timeout of the queue and a minute if that is longer
   */
  readonly maxWait?: Duration
  /**
   * Time without any enriched file after which an alarm pages the operator.
   * @default no such alarm
   */
  readonly maxSilence?: Duration
  /**
   * Interval at which the canary uploads a small known file and checks its output, at least 15 minutes. It waits for the output as
   * long as `maxWait`, but no more than 15 minutes.
   * @default never
   */
  readonly canaryEvery?: Duration
  /**
   * Whether the audit sends keys with a missing or stale output to the queue of repairs.
   * @default true
   */
  readonly auditRepairs?: boolean
  /**
   * Whether managed policies are created for the role of the operator on call: what the operator's commands and the runbook
   * need. For a role of your app, use `grantOperate`.
   * @default false
   */
  readonly onCallPolicy?: boolean
  /**
   * Whether the stack has outputs with the names of what is deployed, about 30: the operator's commands read them.
   * @default true
   */
  readonly outputs?: boolean
  /**
   * A table for Athena over the enriched files.
   * @default none
   */
  readonly table?: TableDescription
  /** @default true */
  readonly tracing?: boolean
  /** @default 90 days */
  readonly logRetention?: Duration
  /**
   * Removal policy of the new bucket, the queues and the logs when the stack is deleted.
   * @default RETAIN_ON_UPDATE_OR_DELETE: a failed first deployment deletes them, so that the next one can create them
   */
  readonly removalPolicy?: RemovalPolicy
  /**
   * For an emulator of AWS, which refuses alarms made of alarms or of expressions, saved queries and batches of a distributed map.
   * @default false
   */
  readonly isEmulated?: boolean
}

export interface AlarmReceivers {
  /** Receives pages: files are not being enriched. */
  readonly page?: ITopic
  /** Receives tickets, which wait for office hours. */
  readonly ticket?: ITopic
}

/** The properties with their defaults. */
export interface Pipeline extends SupertrendPipelineProps {
  /** Prefix of the names of deployed resources, and the dimension that distinguishes the metrics of pipelines. */
  readonly name: string
  readonly settings: SettingsInput
  /** `settings`, parsed. */
  readonly parsed: FunctionSettings
  readonly via: 's3' | 'eventbridge'
  readonly memory: Size
  readonly timeout: Duration
  readonly architecture: Architecture
  readonly maxConcurrency: number
  readonly repairsConcurrency: number
  readonly versioned: boolean
  readonly noncurrentExpiration: Duration
  readonly runbookUrl: string
  readonly maxWait: Duration
  readonly auditRepairs: boolean
  readonly outputs: boolean
  readonly tracing: boolean
  readonly logRetention: Duration
  readonly removalPolicy: RemovalPolicy
  readonly isEmulated: boolean
}

const DEFAULTS = {
  settings: {},
  via: 's3',
  memory: Size.mebibytes(512),
  timeout: Duration.minutes(5),
  architecture: Architecture.ARM_64,
  maxConcurrency: 10,
  repairsConcurrency: 2,
  versioned: false,
  noncurrentExpiration: Duration.days(30),
  runbookUrl: 'docs/runbook.md',
  auditRepairs: true,
  outputs: true,
  tracing: true,
  logRetention: Duration.days(90),
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  isEmulated: false,
} as const satisfies SupertrendPipelineProps

const MAX_WAIT = Duration.minutes(30)

/** @throws RefusedError `settings` with every value that CloudFormation or AWS would refuse, or about the function's settings */
export function pipelineOf(name: string, props: SupertrendPipelineProps): Pipeline {
  const given = Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined))
  const { settings, memory, timeout, ...others }: typeof DEFAULTS & SupertrendPipelineProps = { ...DEFAULTS, ...given }
  const withDefaults = { ...others, settings, memory, timeout }
  checkLimits(withDefaults)
  return {
    ...withDefaults,
    name,
    parsed: parseSettings(settings, memory.toMebibytes()),
    maxWait: props.maxWait ?? longer(MAX_WAIT, minWaitOf(timeout)),
  }
}
