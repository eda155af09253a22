/** The app with each environment, and with each optional setting alone: what is tested of templates is tested of all. */
import { Template } from 'aws-cdk-lib/assertions'
import { App, Duration } from 'aws-cdk-lib/core'
import type { SettingsInput } from '../../functions/lambda/function-settings.ts'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { ENVIRONMENT_NAMES, type Environment, environmentNamed } from '../../lib/environments.ts'
import { temporaryFolder } from '../parquet-files.ts'
import type { Template as TemplateJson } from './resolve.ts'

/** Fields of a row that may be left out: one that has no setup below does not compile. */
type OptionalSetting = {
  [K in keyof Environment]-?: undefined extends Environment[K] ? K : never
}[keyof Environment]

export const EXISTING_BUCKET = 'their-bucket'

const OPTIONS: { readonly [K in OptionalSetting]: NonNullable<Environment[K]> } = {
  existingBucketName: EXISTING_BUCKET,
  incomingExpiration: Duration.days(30),
  reportExpiration: Duration.days(90),
  alarmEmail: 'ops@example.com',
  pageTopicArn: 'arn:aws:sns:us-east-1:111122223333:page',
  ticketTopicArn: 'arn:aws:sns:us-east-1:111122223333:ticket',
  maxSilence: Duration.hours(6),
  canaryEvery: Duration.hours(1),
  auditRepairs: false,
  table: { columns: { datetime: 'timestamp', close: 'double' } },
}

/** Settings of the function that change what it may do. */
const SETTINGS = {
  chartPrefix: 'charts/',
  droppedPrefix: 'removed/',
  eventBus: 'market',
  onRemoved: 'remove',
} as const satisfies SettingsInput

export interface Setup {
  readonly name: string
  readonly environment: Environment
}

const dev = environmentNamed('dev').environment

export const SETUPS: readonly Setup[] = [
  ...ENVIRONMENT_NAMES.map((name) => ({ name, environment: environmentNamed(name).environment })),
  ...Object.entries({ ...OPTIONS, versioned: true, tracing: false }).map(([option, value]) => ({
    name: `dev with ${option}`,
    environment: { ...dev, [option]: value },
  })),
  ...Object.entries(SETTINGS).map(([setting, value]) => ({
    name: `dev with the setting ${setting}`,
    environment: { ...dev, settings: { ...dev.settings, [setting]: value } },
  })),
  {
    name: 'prod with every setting of the function',
    environment: { ...environmentNamed('prod').environment, settings: { ...dev.settings, ...SETTINGS } },
  },
]

/** Without the code, which no policy depends on. */
export function templateOf({ environment }: Pick<Setup, 'environment'>): TemplateJson {
  const app = new App({ outdir: temporaryFolder(), context: { 'aws:cdk:bundling-stacks': [] } })
  return Template.fromStack(new EnrichmentStack(app, 'ParquetSupertrend', { environment })).toJSON() as TemplateJson
}
