/** What differs between the places this is deployed to: one row each, and nowhere else. */
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import type { SupertrendPipelineProps } from './pipeline-props.ts'

/** All that a pipeline can be told, and where it is deployed. */
export interface Environment extends Omit<SupertrendPipelineProps, 'bucket' | 'encryptionKey' | 'alarms'> {
  /** The account that it is deployed to, and no other; left out, that of the command's credentials. */
  readonly account?: string
  /** Left out, that of the command's profile. */
  readonly region?: string
  /** Whether the stack can be deleted only after this was switched off. */
  readonly terminationProtection?: boolean
  /** A bucket of yours that files are uploaded to; left out, one is created. */
  readonly existingBucketName?: string
  /** The key that encrypts it, if it is one of yours. */
  readonly existingBucketKeyArn?: string
  /** Encrypts bucket, queues, topics and logs: one to create, or the ARN of one of yours. Left out, keys of AWS do. */
  readonly encryptionKey?: 'new' | `arn:${string}`
  /** Receives pages and tickets by mail, after somebody has confirmed the subscription. */
  readonly alarmEmail?: string
  /** A topic of yours for alarms that wake somebody: PagerDuty, Incident Manager, Chatbot. It has to allow CloudWatch. */
  readonly pageTopicArn?: string
  /** The same for alarms that wait for office hours. */
  readonly ticketTopicArn?: string
  /** Whether it is worth a warning that nobody receives the alarms. */
  readonly needsReceiver?: boolean
}

const everywhere = {
  memory: Size.mebibytes(512),
  timeout: Duration.minutes(5),
  architecture: Architecture.ARM_64,
  maxConcurrency: 10,
  repairsConcurrency: 2,
  settings: { supertrends: [{ definition: 'stockstats', period: 14, multiplier: 3 }], keep: 'first' },
} satisfies Environment

const ENVIRONMENTS = {
  dev: { ...everywhere, logRetention: Duration.days(7), removalPolicy: RemovalPolicy.DESTROY },
  staging: { ...everywhere, logRetention: Duration.days(30), removalPolicy: RemovalPolicy.DESTROY },
  prod: {
    ...everywhere,
    terminationProtection: true,
    needsReceiver: true,
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
