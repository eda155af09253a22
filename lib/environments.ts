/** The environments: one row of configuration for each. No other file depends on the name of an environment. */
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import { RefusedError } from '../functions/shared/errors.ts'
import type { SupertrendPipelineProps } from './pipeline-props.ts'

/** The properties of a pipeline, and the account and region of its deployment. */
export interface Environment extends Omit<SupertrendPipelineProps, 'bucket' | 'encryptionKey' | 'alarms'> {
  /** The only account to which it may be deployed; left out: the account of the credentials. */
  readonly account?: string
  /** Left out: the region of the profile. */
  readonly region?: string
  /** True: CloudFormation refuses to delete the stack until this is false. */
  readonly terminationProtection?: boolean
  /** Name of your own bucket for uploads and outputs; left out: a new bucket. */
  readonly existingBucketName?: string
  /** ARN of the customer key that encrypts that bucket, if it has one. */
  readonly existingBucketKeyArn?: string
  /** Encrypts bucket, queues, topics and logs: a new key, or the ARN of your own. Left out: keys of AWS. */
  readonly encryptionKey?: 'new' | `arn:${string}`
  /** Address for pages and tickets. SNS sends a mail first, in which the receiver has to confirm the subscription. */
  readonly alarmEmail?: string
  /** ARN of your own topic for pages, such as that of PagerDuty or Chatbot. Its policy has to allow CloudWatch. */
  readonly pageTopicArn?: string
  /** The same for tickets. */
  readonly ticketTopicArn?: string
  /** Whether `cdk synth` warns when no address and no topic receives the alarms. */
  readonly needsReceiver?: boolean
  /** Whether `cdk synth` warns when `account` or `region` is left out. */
  readonly needsAccount?: boolean
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
    needsAccount: true,
    versioned: true,
    canaryEvery: Duration.hours(1),
    maxWait: Duration.minutes(15),
    logRetention: Duration.days(90),
    // not RETAIN: the next deployment would fail on a bucket that a failed first one left behind
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

/** @throws RefusedError `settings` for a name that is not in the table */
export function environmentNamed(name: unknown): { readonly name: EnvironmentName; readonly environment: Environment } {
  const known = ENVIRONMENT_NAMES.find((known) => known === name)
  if (known === undefined) {
    const allowed = ENVIRONMENT_NAMES.join(', ')
    throw new RefusedError('settings', `the environment is ${JSON.stringify(name)}; allowed are ${allowed}`)
  }
  return { name: known, environment: ENVIRONMENTS[known] }
}

/** The name of the stack, by which the operator's commands find its outputs. */
export function stackNameOf(name: EnvironmentName): string {
  return `ParquetSupertrend-${name}`
}
