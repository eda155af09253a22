/** The calls of running code, in the words of the table of calls: what IAM calls them, who made them, and on what. */
import { existsSync, readFileSync } from 'node:fs'
import { BACKFILL_RESULTS_PREFIX, CANARY_PREFIXES, SMOKE_PREFIX, TESTED_ALARMS } from '../../functions/shared/names.ts'
import { CALLS } from '../policies/calls.ts'
import type { Caller, Place } from '../policies/places.ts'

interface Line {
  readonly caller: string
  readonly service: string
  readonly method: string
  readonly path: string
  readonly target?: string
  readonly copySource?: string
  readonly body?: string
}

const PREFIXES: Readonly<Record<string, Place>> = {
  'incoming/': 'input',
  'enriched/': 'output',
  'failed/': 'report',
  'charts/': 'chart',
  'removed/': 'removed rows',
  [BACKFILL_RESULTS_PREFIX]: 'backfill results',
  [CANARY_PREFIXES.input]: 'canary input',
  [CANARY_PREFIXES.output]: 'canary output',
  [CANARY_PREFIXES.failure]: 'canary report',
}

/** By the names of functions. */
type Callers = Readonly<Record<string, Caller>>

/**
 * @param outputs of the stacks whose functions run
 * @returns lines such as `canary s3:PutObject canary input`
 */
export function recordedCalls(file: string, ...outputs: readonly Readonly<Record<string, string>>[]): Set<string> {
  const callers: Callers = Object.assign({}, ...outputs.map(callersIn))
  const { known } = rowsOfTable()
  // the files of the smoke test are such files as all others, except that the smoke test may delete them
  const asRow = (call: string) => (known.has(call) ? call : call.replace(/ smoke (?=[a-z ]+$)/, ' '))
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  return new Set(
    lines.flatMap((text) => {
      const line = JSON.parse(text) as Line
      const caller = callers[line.caller] ?? line.caller
      return callsOf(line, callers, outputs).flatMap(([action, ...places]) =>
        places.map((place) => asRow(`${caller} ${action} ${place}`)),
      )
    }),
  )
}

function callersIn({
  FunctionName = '',
  AuditFunctionName = '',
  CanaryFunctionName = '',
}: Record<string, string>): Callers {
  // without the alias
  return { [FunctionName.split(':')[0]!]: 'function', [AuditFunctionName]: 'audit', [CanaryFunctionName]: 'canary' }
}

/** @returns rows that a recording should have, those that it should not have, and all */
export function rowsOfTable() {
  const [expected, unexpected, known] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { caller, action, on, unseen, isOfTiming } of CALLS) {
    for (const place of on) {
      known.add(`${caller} ${action} ${place}`)
      if (unseen === undefined) expected.add(`${caller} ${action} ${place}`)
      else if (!isOfTiming) unexpected.add(`${caller} ${action} ${place}`)
    }
  }
  return { expected, unexpected, known }
}

type RecordedPlace = Place | 'somewhere else'
type RecordedCall = readonly [action: string, ...places: RecordedPlace[]]
type Outputs = readonly Readonly<Record<string, string>>[]

function callsOf(line: Line, callers: Callers, outputs: Outputs): RecordedCall[] {
  const [operation = ''] = [line.target?.split('.').at(-1)]
  const { body = '' } = line
  switch (line.service) {
    case 's3':
      return s3Calls(line)
    case 'sqs':
      return [[`sqs:${operation.replace(/Batch$/, '')}`, queueOf(`${line.path} ${line.body}`)]]
    case 'events':
      return [[`events:${operation}`, operation === 'PutEvents' ? 'event bus' : 'schedule of the canary']]
    case 'states':
      return [[`states:${operation}`, STATES_PLACES[operation] ?? 'somewhere else']]
    case 'lambda':
      return [lambdaCall(line, callers, outputs)]
    case 'cloudformation':
      return [[`cloudformation:${actionIn(line)}`, 'stack']]
    case 'monitoring':
      return [[`cloudwatch:${actionIn(line)}`, ...alarmsIn(actionIn(line), body)]]
    case 'sns':
      return [[`sns:${actionIn(line)}`, /TopicsPage|PageTopic/.test(body) ? 'page topic' : 'ticket topic']]
    case 'logs':
      return [[`logs:${operation}`, logIn(body)]]
    case 'kms':
      return [[`kms:${operation}`, 'keys']]
    default:
      throw new Error(`what is called by ${JSON.stringify(line)}?`)
  }
}

const STATES_PLACES: Readonly<Record<string, Place>> = {
  StartExecution: 'state machine',
  ListExecutions: 'state machine',
  DescribeExecution: 'runs',
  ListMapRuns: 'runs',
  DescribeMapRun: 'map runs',
  StopExecution: 'runs',
}

/** Source: the service authorization reference of S3. */
function s3Calls({ method, path, copySource }: Line): RecordedCall[] {
  const { pathname, searchParams } = new URL(path, 'http://s3')
  const [, ...key] = decodeURIComponent(pathname.slice(1)).split('/')
  const place = placeOf(key.join('/'))
  if (key.join('/') === '') return [[`s3:${bucketActionOf(searchParams)}`, 'bucket']]
  if (method === 'GET' || method === 'HEAD') return [['s3:GetObject', place]]
  if (method === 'DELETE') {
    const deletion = searchParams.has('versionId') ? 's3:DeleteObjectVersion' : 's3:DeleteObject'
    return [[searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : deletion, place]]
  }
  const [source, version] = copySource?.split('?versionId=') ?? []
  if (source === undefined) return [['s3:PutObject', place]]
  const copied = placeOf(decodeURIComponent(source).replace(/^\/?[^/]+\//, ''))
  return [
    ['s3:PutObject', place],
    [version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', copied],
  ]
}

function bucketActionOf(parameters: URLSearchParams): string {
  if (parameters.has('versions')) return 'ListBucketVersions'
  return parameters.has('notification') ? 'GetBucketNotification' : 'ListBucket'
}

function placeOf(key: string): RecordedPlace {
  const [prefix, place] = Object.entries(PREFIXES).find(([prefix]) => key.startsWith(prefix)) ?? ['', 'somewhere else']
  return key.startsWith(prefix + SMOKE_PREFIX) ? (`smoke ${place}` as RecordedPlace) : (place as RecordedPlace)
}

/** By the names of alarms; without a name, all of them are meant. */
function alarmsIn(action: string, body: string): RecordedPlace[] {
  if (!action.includes('Alarm')) return ['anything']
  if (body.includes('AlarmNamePrefix')) return ['page alarm', 'ticket alarm', 'other alarm']
  const named = Object.entries(TESTED_ALARMS).filter(([, name]) => body.includes(`-${name}`))
  return named.length > 0
    ? named.map(([severity]) => `${severity as keyof typeof TESTED_ALARMS} alarm` as const)
    : ['somewhere else']
}

function logIn(body: string): RecordedPlace {
  if (/"logGroupName": ?"[^"]*Audit/.test(body)) return 'log of the audit'
  return /"logGroupName": ?"[^"]*Canary/.test(body) ? 'log of the canary' : 'log'
}

function queueOf(text: string): RecordedPlace {
  const [, name] = /-(arrivals|repairs|dead-letters)\b/.exec(text) ?? []
  return name === 'dead-letters' ? 'dead letters' : ((name as Place | undefined) ?? 'somewhere else')
}

function lambdaCall({ method, path }: Line, callers: Callers, outputs: Outputs): RecordedCall {
  const [, name = '', rest] = /\/functions\/([^/]+)\/([^/?]+)/.exec(path) ?? []
  const [, uuid] = /\/event-source-mappings\/([\w-]+)/.exec(path) ?? []
  if (method === 'PUT' && uuid !== undefined) {
    const isArrivals = outputs.some(({ ArrivalsSourceId }) => ArrivalsSourceId === uuid)
    return ['lambda:UpdateEventSourceMapping', isArrivals ? 'source of arrivals' : 'source of repairs']
  }
  if (/\/event-source-mappings/.test(path)) return ['lambda:ListEventSourceMappings', 'anything']
  if (/\/account-settings/.test(path)) return ['lambda:GetAccountSettings', 'anything']
  const [plain = '', alias] = decodeURIComponent(name).split(':')
  const scheduled = { audit: 'the audit', canary: 'the canary' } as const
  const ofFunction = alias === undefined ? 'the function' : 'the live alias'
  const place = scheduled[callers[plain] as keyof typeof scheduled] ?? ofFunction
  if (method === 'GET' && rest === 'configuration') return ['lambda:GetFunctionConfiguration', place]
  if (rest === 'invocations') return ['lambda:InvokeFunction', place]
  throw new Error(`what is ${method} ${path} of Lambda?`)
}

/** The protocols of CloudFormation and CloudWatch name it in the body, the path or a header. */
function actionIn({ path, body = '', target }: Line): string {
  const [, inBody] = /\bAction=(\w+)/.exec(body) ?? []
  const [, inPath] = /\/operation\/(\w+)/.exec(path) ?? []
  return inBody ?? inPath ?? target?.split('.').at(-1) ?? 'unknown'
}
