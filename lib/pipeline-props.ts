/** What a pipeline can be told. Every property has a default, so that `new SupertrendPipeline(this, 'Bars')` is one. */

import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import { parseSettings } from '../functions/lambda/function-settings.ts'
import type { FunctionSettings, SettingsInput } from '../functions/lambda/settings-types.ts'
import { checkLimits } from './deployment-limits.ts'
import type { TableDescription } from './enriched-table.ts'
import { longer, minWaitOf } from './visibility.ts'

export interface SupertrendPipelineProps {
  /**
   * What the function does.
   * @default the defaults of the settings: Supertrend of stockstats with period 14 and multiplier 3
   */
  readonly settings?: SettingsInput
  /**
   * A bucket of yours that files are uploaded to. Give an imported bucket its `encryptionKey`, if it has one.
   * @default a new bucket, which is not public, encrypted, and reached over TLS only
   */
  readonly bucket?: IBucket
  /**
   * How uploads are noticed. `eventbridge` suits a bucket that has notifications of its own; in an imported bucket,
   * EventBridge has to be switched on by its owner.
   * @default 's3'
   */
  readonly via?: 's3' | 'eventbridge'
  /**
   * Memory of the function. Sorting a file that is not in time order is what takes memory: 53 bytes a row.
   * @default 512 MiB
   */
  readonly memory?: Size
  /** @default 5 minutes */
  readonly timeout?: Duration
  /** @default ARM_64 */
  readonly architecture?: Architecture
  /**
   * Of /tmp. New columns above 16 MiB, enough for about 3 million rows, are stored there until the file is written.
   * @default 512 MiB
   */
  readonly ephemeralStorage?: Size
  /**
   * Files that are worked on at the same time; the others wait in the queue.
   * @default 10
   */
  readonly maxConcurrency?: number
  /**
   * Files of backfills, audits and redrives that are worked on at the same time, beside those of `maxConcurrency`. SQS takes
   * no less than two.
   * @default 2
   */
  readonly repairsConcurrency?: number
  /**
   * Concurrency that Lambda keeps for the function, and also its limit: at least `maxConcurrency` and `repairsConcurrency`
   * together.
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
   * After which uploaded files are deleted from the new bucket.
   * @default never
   */
  readonly incomingExpiration?: Duration
  /**
   * After which replaced and deleted versions of any object are deleted for good, in a new bucket with versions.
   * @default 30 days
   */
  readonly noncurrentExpiration?: Duration
  /**
   * After which reports of refused files are deleted; the audit has them written again while the file is there.
   * @default never
   */
  readonly reportExpiration?: Duration
  /**
   * After which charts are deleted; a backfill with `--again` draws them again.
   * @default never
   */
  readonly chartExpiration?: Duration
  /**
   * Topics of yours. They, and their keys, have to allow CloudWatch to publish.
   * @default new topics, to which nobody is subscribed
   */
  readonly alarms?: AlarmReceivers
  /**
   * Where the people who are woken find the runbook; each alarm names its section of it.
   * @default docs/runbook.md, as the package has it
   */
  readonly runbookUrl?: string
  /**
   * How long an uploaded file may wait before somebody is woken; at least as long as one takes whose invocation is killed
   * twice.
   * @default 30 minutes, or twice the visibility timeout of the queue and a minute if that is longer
   */
  readonly maxWait?: Duration
  /**
   * Somebody is woken when no file was enriched for so long.
   * @default nobody expects any
   */
  readonly maxSilence?: Duration
  /**
   * How often a small known file is uploaded to see whether it comes out.
   * @default never
   */
  readonly canaryEvery?: Duration
  /**
   * Whether the audit sends what it finds missing or stale to be looked at again.
   * @default true
   */
  readonly auditRepairs?: boolean
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
   * What becomes of the new bucket, the queues and the logs when the stack is deleted.
   * @default RETAIN_ON_UPDATE_OR_DELETE: what a failed creation leaves behind would be in the way of the next one
   */
  readonly removalPolicy?: RemovalPolicy
  /**
   * For an emulator of AWS, which refuses alarms made of alarms, saved queries and batches of a distributed map.
   * @default false
   */
  readonly isEmulated?: boolean
}

export interface AlarmReceivers {
  /** Wakes somebody: files are not being enriched. */
  readonly page?: ITopic
  /** Waits for office hours. */
  readonly ticket?: ITopic
}

/** The properties with their defaults. */
export interface Pipeline extends SupertrendPipelineProps {
  /** Begins the names of what is deployed, and keeps the metrics of pipelines apart. */
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
  readonly tracing: boolean
  readonly logRetention: Duration
  readonly removalPolicy: RemovalPolicy
  readonly isEmulated: boolean
}

/** Of an environment that does not say it. */
export const REPAIRS_CONCURRENCY = 2

const DEFAULTS = {
  settings: {},
  via: 's3',
  memory: Size.mebibytes(512),
  timeout: Duration.minutes(5),
  architecture: Architecture.ARM_64,
  maxConcurrency: 10,
  repairsConcurrency: REPAIRS_CONCURRENCY,
  versioned: false,
  noncurrentExpiration: Duration.days(30),
  runbookUrl: 'docs/runbook.md',
  auditRepairs: true,
  tracing: true,
  logRetention: Duration.days(90),
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  isEmulated: false,
} as const satisfies SupertrendPipelineProps

const MAX_WAIT = Duration.minutes(30)

/** @throws Error with every value that CloudFormation or AWS would refuse, or RefusedError about the settings */
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
