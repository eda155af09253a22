/** Stacks for the tests, without their code, which has a test of its own. */
import { Template } from 'aws-cdk-lib/assertions'
import { App, Duration, Size, Stack, Validations } from 'aws-cdk-lib/core'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { type Environment, type EnvironmentName, environmentNamed } from '../../lib/environments.ts'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { temporaryFolder } from '../parquet-files.ts'

/**
 * With this flag, CDK refuses a template in which its rules find an error; without it, CDK only prints what they find.
 * nag.longtest.ts sets it.
 */
export const VALIDATION = '@aws-cdk/core:validateAgainstDefaultRules'

/** Of CDK, which change how it behaves. */
type Flags = Readonly<Record<string, unknown>>

export function newApp(flags: Flags = {}): App {
  return new App({
    outdir: temporaryFolder(),
    context: { 'aws:cdk:bundling-stacks': [], ...flags },
    // the rules take 1.3 s of processor time for the first template and 0.1 s for each other one
    builtinCloudFormationValidation: flags[VALIDATION] === true,
  })
}

export function stackOf(name: EnvironmentName, more: Environment = {}, flags?: Flags) {
  const app = newApp(flags)
  const { environment } = environmentNamed(name)
  return { app, stack: new EnrichmentStack(app, 'Stack', { environment: { ...environment, ...more } }) }
}

const templates = new Map<string, Template>()

/** The same object for the same arguments, since each synthesis takes 0.2 s of processor time. */
export function templateOf(name: EnvironmentName, more: Environment = {}): Template {
  const key = JSON.stringify([name, more])
  const template = templates.get(key) ?? Template.fromStack(stackOf(name, more).stack)
  templates.set(key, template)
  return template
}

/** A user's stack with one pipeline. */
export function pipelineIn(propsIn: (stack: Stack) => SupertrendPipelineProps, flags?: Flags) {
  const stack = new Stack(newApp(flags), 'Market')
  const pipeline = new SupertrendPipeline(stack, 'Bars', propsIn(stack))
  return { stack, pipeline }
}

/** Fails on a finding that nobody has acknowledged with a reason. */
export function checkNag(name: EnvironmentName, more?: Environment, flags?: Flags): void {
  const { app } = stackOf(name, more, flags)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
  app.synth()
}

const TOPIC = 'arn:aws:sns:us-east-1:123456789012'
const KEY = 'arn:aws:kms:us-east-1:123456789012:key'

/** Each optional setting of a row, alone. */
export const OPTIONS: Readonly<Record<string, Environment>> = {
  'an existing bucket': { existingBucketName: 'their-bucket' },
  'an existing bucket with a key': {
    existingBucketName: 'their-bucket',
    existingBucketKeyArn: `${KEY}/00000000-1111-2222-3333-444444444444`,
  },
  'arrivals through EventBridge': { via: 'eventbridge' },
  'a new key': { encryptionKey: 'new' },
  'a key that exists': { encryptionKey: `${KEY}/55555555-6666-7777-8888-999999999999` },
  mail: { alarmEmail: 'ops@example.com' },
  'topics of another tool': { pageTopicArn: `${TOPIC}:page`, ticketTopicArn: `${TOPIC}:ticket` },
  'a canary': { canaryEvery: Duration.hours(1) },
  silence: { maxSilence: Duration.hours(6) },
  versions: { versioned: true },
  'files that expire': { incomingExpiration: Duration.days(30), reportExpiration: Duration.days(90) },
  'charts that expire': { settings: { chartPrefix: 'charts/' }, chartExpiration: Duration.days(90) },
  'a runbook of yours': { runbookUrl: 'https://example.com/runbook' },
  'all that is written': {
    settings: {
      chartPrefix: 'charts/',
      droppedPrefix: 'removed/',
      eventBus: 'default',
      onRemoved: 'remove',
      storageClass: 'INTELLIGENT_TIERING',
    },
  },
  'files that continue each other': { settings: { carry: { within: 'incoming/*/' } } },
  'ephemeral storage': { ephemeralStorage: Size.gibibytes(2) },
  'reserved concurrency': { reservedConcurrency: 25 },
  'an account and a region': { account: '123456789012', region: 'eu-west-1' },
  'termination protection': { terminationProtection: true },
  'audits that only report': { auditRepairs: false },
  'a policy for the role on call': { onCallPolicy: true },
  'no tracing': { tracing: false },
  'a table': { table: { columns: { datetime: 'timestamp', close: 'double' } } },
}

/** Several of them in one row. */
export function together(options: readonly Environment[]): Environment {
  return Object.assign({}, ...options, { settings: Object.assign({}, ...options.map(({ settings }) => settings)) })
}
