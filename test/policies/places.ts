/** Who calls, and on what: the roles and resources of a template under the names that the table of calls uses. */
import { type FunctionSettings, parseSettings } from '../../functions/lambda/function-settings.ts'
import {
  AUDIT_VARIABLES,
  BACKFILL_RESULTS_PREFIX,
  CANARY_PREFIXES,
  CANARY_VARIABLES,
  FUNCTION_VARIABLES,
  SMOKE_PREFIX,
  TESTED_ALARMS,
} from '../../functions/shared/names.ts'
import { functionArnOf, type GrantedPolicies, ON_CALL_ROLE, queueArnOf } from './granted.ts'
import { ACCOUNT, arnOf, REGION } from './resolve.ts'

export type Caller = 'function' | 'audit' | 'canary' | 'backfill' | 'notifications' | 'operator'

/** Objects are named after the prefix of their keys. */
export const OBJECT_PLACES = [
  'input',
  'output',
  'report',
  'chart',
  'removed rows',
  'sequence object',
  'canary input',
  'canary output',
  'canary report',
  'backfill results',
  'smoke input',
  'smoke output',
  'smoke report',
  'smoke chart',
  'smoke removed rows',
  'smoke sequence object',
  'other object',
] as const
export type Place =
  | (typeof OBJECT_PLACES)[number]
  | 'bucket'
  | 'arrivals'
  | 'repairs'
  | 'sequences'
  | 'failed sequences'
  | 'dead letters'
  | 'the function'
  | 'the live alias'
  | 'the audit'
  | 'state machine'
  | 'runs'
  | 'map runs'
  | 'event bus'
  | 'stack'
  | 'page alarm'
  | 'ticket alarm'
  | 'other alarm'
  | 'page topic'
  | 'ticket topic'
  | 'source of arrivals'
  | 'source of repairs'
  | 'source of sequences'
  | 'the canary'
  | 'schedule of the canary'
  | 'log'
  | 'log of the audit'
  | 'log of the canary'
  | 'keys'
  | 'anything'

/** What is done with an object is done with each of its parts too. */
export function isPartOf(part: Place, whole: Place): boolean {
  return part === whole || part === `smoke ${whole}`
}

export interface Places {
  readonly settings: FunctionSettings
  /** Whether the audit sends repairs. */
  readonly auditRepairs: boolean
  /** ARNs; those that a template does not have are left out. */
  readonly callers: Readonly<Partial<Record<Caller, string>>>
  readonly of: Readonly<Partial<Record<Place, string>>>
  /** Places in further buckets, whose files the function enriches and the audit compares; the canary stays with the first. */
  readonly ofSources: readonly Readonly<Partial<Record<Place, string>>>[]
}

interface DeployedFunction {
  readonly arn: string
  readonly role: string
  readonly variables: Readonly<Record<string, string>>
}

export function placesIn(policies: GrantedPolicies): Places {
  const functions = policies.resources('AWS::Lambda::Function').map(([id, { Properties }]) => ({
    arn: functionArnOf(Properties.FunctionName ?? `ParquetSupertrend-${id}-4KUJ0QD8`),
    role: Properties.Role as string,
    variables: (Properties.Environment?.Variables ?? {}) as Record<string, string>,
  }))
  const having = (variable: string) => functions.find(({ variables }) => variable in variables)
  const enrichment = having(FUNCTION_VARIABLES.deadLetterQueueUrl)
  const audit = having(AUDIT_VARIABLES.maxWait)
  if (!enrichment || !audit) throw new Error('the template lacks the function or the audit')
  const canary = having(CANARY_VARIABLES.bucket)
  const notifications = functions.find(({ variables }) => Object.keys(variables).length === 0)
  const [[, machine] = []] = policies.resources('AWS::StepFunctions::StateMachine')
  const settings = parseSettings(JSON.parse(enrichment.variables[FUNCTION_VARIABLES.settings]!), 512)
  return {
    settings,
    auditRepairs: audit.variables[AUDIT_VARIABLES.repairs] === 'true',
    callers: defined({
      function: enrichment.role,
      audit: audit.role,
      canary: canary?.role,
      backfill: machine?.Properties.RoleArn,
      notifications: notifications?.role,
      operator: policies.roles.includes(ON_CALL_ROLE) ? ON_CALL_ROLE : undefined,
    }),
    of: defined({
      ...objectPlaces(enrichment.variables[FUNCTION_VARIABLES.bucket]!, settings, canary !== undefined),
      ...queuePlaces(enrichment),
      'the function': enrichment.arn,
      'the live alias': `${enrichment.arn}:live`,
      'the audit': audit.arn,
      ...machinePlaces(policies),
      'event bus': settings.eventBus && `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${settings.eventBus}`,
      ...operatedPlaces(policies),
      'the canary': canary?.arn,
      // a call that names the stack is about all stacks that have had the name
      stack: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/ParquetSupertrend/*`,
      anything: '*',
    }),
    ofSources: sourceBucketsOf(enrichment).map((name) => defined(objectPlaces(name, settings, true))),
  }
}

function sourceBucketsOf({ variables }: DeployedFunction): string[] {
  return (variables[FUNCTION_VARIABLES.sourceBuckets] ?? '').split(',').filter((name) => name !== '')
}

function objectPlaces(name: string, settings: FunctionSettings, hasCanary: boolean) {
  const bucket = `arn:aws:s3:::${name}`
  const under = (prefix: string | undefined, name = 'day=1/a b.parquet') => prefix && `${bucket}/${prefix}${name}`
  const canary = hasCanary ? CANARY_PREFIXES : undefined
  return {
    bucket,
    input: under(settings.inputPrefix),
    output: under(settings.outputPrefix),
    report: under(settings.failurePrefix),
    chart: under(settings.chartPrefix),
    'removed rows': under(settings.droppedPrefix),
    'sequence object': under(settings.carry?.prefix, 'BTC.json'),
    'canary input': under(canary?.input),
    'canary output': under(canary?.output),
    'canary report': under(canary?.failure),
    'backfill results': under(BACKFILL_RESULTS_PREFIX, '9a8b/SUCCEEDED_0.json'),
    ...smokePlaces(settings, under),
    'other object': under('somebody-elses/'),
  }
}

function smokePlaces(settings: FunctionSettings, under: (prefix: string | undefined) => string | undefined) {
  const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry } = settings
  const ofSmoke = (prefix: string | undefined) => under(prefix && `${prefix}${SMOKE_PREFIX}1/`)
  return {
    'smoke input': ofSmoke(inputPrefix),
    'smoke output': ofSmoke(outputPrefix),
    'smoke report': ofSmoke(failurePrefix),
    'smoke chart': ofSmoke(chartPrefix),
    'smoke removed rows': ofSmoke(droppedPrefix),
    'smoke sequence object': ofSmoke(carry?.prefix),
  }
}

/** What an operator looks at and switches, found by names and by parts of ids. */
function operatedPlaces(policies: GrantedPolicies) {
  const arn = (type: string, isWanted: (id: string, properties: Record<string, unknown>) => boolean) => {
    const found = policies.resources(type).find(([id, { Properties }]) => isWanted(id, Properties))
    return found && arnOf(found[0], policies.template.Resources)
  }
  const alarm = (end: string) => arn('AWS::CloudWatch::Alarm', (_, { AlarmName }) => String(AlarmName).endsWith(end))
  const source = (end: string) =>
    arn('AWS::Lambda::EventSourceMapping', (_, { EventSourceArn }) => String(EventSourceArn).endsWith(end))
  const log = (part: string) => arn('AWS::Logs::LogGroup', (id) => id.includes(`${part}Log`))
  return {
    'page alarm': alarm(`-${TESTED_ALARMS.page}`),
    'ticket alarm': alarm(`-${TESTED_ALARMS.ticket}`),
    'other alarm': alarm('-Errors'),
    'page topic': arn('AWS::SNS::Topic', (id) => id.includes('TopicsPage')),
    'ticket topic': arn('AWS::SNS::Topic', (id) => id.includes('TopicsTicket')),
    'source of arrivals': source('-arrivals'),
    'source of repairs': source('-repairs'),
    'source of sequences': source('-sequences.fifo'),
    'failed sequences': arn('AWS::SQS::Queue', (_, { QueueName }) =>
      String(QueueName).endsWith('-sequences-failed.fifo'),
    ),
    'schedule of the canary': arn('AWS::Events::Rule', (id) => id.includes('CanarySchedule')),
    log: log('Enrichment'),
    'log of the audit': log('Audit'),
    'log of the canary': log('Canary'),
  }
}

function queuePlaces({ variables }: DeployedFunction) {
  const named = (variable: string) => queueArnOf(variables[variable]!)
  const sequences = variables[FUNCTION_VARIABLES.sequencesQueueUrl]
  return {
    arrivals: named(FUNCTION_VARIABLES.arrivalsQueueUrl),
    repairs: named(FUNCTION_VARIABLES.repairsQueueUrl),
    'dead letters': named(FUNCTION_VARIABLES.deadLetterQueueUrl),
    sequences: sequences === undefined ? undefined : queueArnOf(sequences),
    'failed sequences':
      sequences === undefined ? undefined : queueArnOf(sequences.replace(/sequences\.fifo$/, 'sequences-failed.fifo')),
  }
}

function machinePlaces(policies: GrantedPolicies) {
  const [[id] = []] = policies.resources('AWS::StepFunctions::StateMachine')
  if (id === undefined) return { 'state machine': undefined, runs: undefined, 'map runs': undefined }
  const name = `ParquetSupertrend-${id}-4KUJ0QD8`
  const arn = (kind: string, rest = '') => `arn:aws:states:${REGION}:${ACCOUNT}:${kind}:${name}${rest}`
  return {
    'state machine': arn('stateMachine'),
    runs: arn('execution', ':1b2c'),
    'map runs': arn('mapRun', '/Files:3d4e'),
  }
}

function defined<K extends string>(values: Readonly<Record<K, string | undefined>>): Partial<Record<K, string>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<Record<K, string>>
}
