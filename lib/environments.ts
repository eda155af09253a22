/** What differs between the places this is deployed to: one row each, and nowhere else. */
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import type { SettingsInput } from '../functions/lambda/function-settings.ts'
import type { TableDescription } from './enriched-table.ts'

export interface Environment {
  /** Sorting a file that is not in time order is what takes memory: 53 bytes a row. */
  readonly memory: Size
  readonly timeout: Duration
  readonly architecture: Architecture
  /** Files worked on at the same time; the rest waits in the queue. */
  readonly maxConcurrency: number
  /**
   * Files of backfills, audits and redrives worked on at the same time, beside those of `maxConcurrency`. SQS takes no less
   * than two.
   */
  readonly repairsConcurrency: number
  /** What the function does; the settings that are not named keep their defaults. */
  readonly settings: SettingsInput
  /** A bucket of yours that files are dropped into; left out, one is created. */
  readonly existingBucketName?: string
  /** Whether the created bucket keeps versions. */
  readonly versioned: boolean
  /** After which uploaded files are deleted; left out, they stay. */
  readonly incomingExpiration?: Duration
  /** After which replaced and deleted versions of any object are deleted for good, in a bucket with versions. */
  readonly noncurrentExpiration: Duration
  /** After which reports of refused files are deleted; the audit has them written again while the file is there. */
  readonly reportExpiration?: Duration
  /** Receives the alarms by mail. */
  readonly alarmEmail?: string
  /** A topic of yours for alarms that wake somebody: PagerDuty, Incident Manager, Chatbot. It has to allow CloudWatch. */
  readonly pageTopicArn?: string
  /** The same for alarms that wait for office hours. */
  readonly ticketTopicArn?: string
  /** How long a dropped file may wait before somebody is told. */
  readonly maxWait: Duration
  /** Somebody is told when no file was enriched for so long; left out, nobody expects any. */
  readonly maxSilence?: Duration
  /** How often a known file is dropped to see whether it comes out; left out, never. */
  readonly canaryEvery?: Duration
  /** Whether the audit sends what it finds missing or stale to be looked at again; left out, it does. */
  readonly auditRepairs?: boolean
  /** A table for Athena over the enriched files; left out, there is none. */
  readonly table?: TableDescription
  readonly tracing: boolean
  readonly logRetention: Duration
  /** What becomes of the bucket, the queues and the log when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
  /** An emulator refuses alarms made of alarms and saved queries. */
  readonly isEmulated: boolean
}

const everywhere = {
  memory: Size.mebibytes(512),
  timeout: Duration.minutes(5),
  architecture: Architecture.ARM_64,
  maxConcurrency: 10,
  repairsConcurrency: 2,
  settings: { supertrends: [{ definition: 'stockstats', period: 14, multiplier: 3 }], keep: 'first' },
  versioned: false,
  noncurrentExpiration: Duration.days(30),
  maxWait: Duration.minutes(30),
  tracing: true,
  isEmulated: false,
} satisfies Partial<Environment>

const ENVIRONMENTS = {
  dev: { ...everywhere, logRetention: Duration.days(7), removalPolicy: RemovalPolicy.DESTROY },
  staging: { ...everywhere, logRetention: Duration.days(30), removalPolicy: RemovalPolicy.DESTROY },
  prod: {
    ...everywhere,
    versioned: true,
    canaryEvery: Duration.hours(1),
    maxWait: Duration.minutes(15),
    logRetention: Duration.days(90),
    // not RETAIN: a bucket that a failed deployment left behind would be in the way of the next one
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  },
  local: {
    ...everywhere,
    memory: Size.mebibytes(256),
    canaryEvery: Duration.hours(1),
    architecture: Architecture.X86_64,
    isEmulated: true,
    tracing: false,
    logRetention: Duration.days(1),
    removalPolicy: RemovalPolicy.DESTROY,
  },
} satisfies Record<string, Environment>

export type EnvironmentName = keyof typeof ENVIRONMENTS

export const ENVIRONMENT_NAMES = Object.keys(ENVIRONMENTS) as EnvironmentName[]

export function environmentNamed(name: unknown): { readonly name: EnvironmentName; readonly environment: Environment } {
  const known = ENVIRONMENT_NAMES.find((known) => known === name)
  if (known === undefined) {
    throw new Error(`the environment is ${JSON.stringify(name)}; allowed are ${ENVIRONMENT_NAMES.join(', ')}`)
  }
  return { name: known, environment: ENVIRONMENTS[known] }
}

/** By which the tools of an operator find what was deployed. */
export function stackNameOf(name: EnvironmentName): string {
  return `ParquetSupertrend-${name}`
}
