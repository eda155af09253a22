/** What differs between the places this is deployed to: one row each, and nowhere else. */
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import type { SettingsInput } from '../functions/enrich/function-settings.ts'

export interface Environment {
  /** Sorting a file that is not in time order is what takes memory: about 50 bytes a row. */
  readonly memory: Size
  readonly timeout: Duration
  /** Files worked on at the same time; the rest waits in the queue. */
  readonly maxConcurrency: number
  /** What the function does; the settings that are not named keep their defaults. */
  readonly settings: SettingsInput
  readonly logRetention: Duration
  /** What becomes of the bucket, the queues and the log when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

const everywhere = {
  memory: Size.mebibytes(512),
  timeout: Duration.minutes(5),
  maxConcurrency: 10,
  settings: { supertrends: [{ definition: 'stockstats', period: 14, multiplier: 3 }], keep: 'first' },
} satisfies Partial<Environment>

const ENVIRONMENTS = {
  dev: { ...everywhere, logRetention: Duration.days(7), removalPolicy: RemovalPolicy.DESTROY },
  staging: { ...everywhere, logRetention: Duration.days(30), removalPolicy: RemovalPolicy.DESTROY },
  prod: { ...everywhere, logRetention: Duration.days(90), removalPolicy: RemovalPolicy.RETAIN },
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
