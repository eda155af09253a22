/** The calls of running code, in the words of the table of calls: what IAM calls them, who made them, and on what. */
import { existsSync, readFileSync } from 'node:fs'
import { CANARY_PREFIXES } from '../../functions/shared/names.ts'
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
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  return new Set(
    lines.flatMap((text) => {
      const line = JSON.parse(text) as Line
      const caller = callers[line.caller] ?? line.caller
      return callsOf(line, callers).map(([action, place]) => `${caller} ${action} ${place}`)
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

/** @returns rows that a recording should have, and those that it may have */
export function rowsOfTable(): { readonly expected: Set<string>; readonly known: Set<string> } {
  const [expected, known] = [new Set<string>(), new Set<string>()]
  for (const { caller, action, on, unseen } of CALLS) {
    for (const place of on) {
      known.add(`${caller} ${action} ${place}`)
      if (unseen === undefined) expected.add(`${caller} ${action} ${place}`)
    }
  }
  return { expected, known }
}

type RecordedCall = readonly [action: string, place: Place | 'somewhere else']

function callsOf(line: Line, callers: Callers): RecordedCall[] {
  const [operation = ''] = [line.target?.split('.').at(-1)]
  switch (line.service) {
    case 's3':
      return s3Calls(line)
    case 'sqs':
      return [[`sqs:${operation.replace(/Batch$/, '')}`, queueOf(`${line.path} ${line.body}`)]]
    case 'events':
      return [[`events:${operation}`, 'event bus']]
    case 'states':
      return [[`states:${operation}`, STATES_PLACES[operation] ?? 'somewhere else']]
    case 'lambda':
      return [lambdaCall(line, callers)]
    case 'cloudformation':
      return [[`cloudformation:${actionIn(line)}`, 'stack']]
    case 'monitoring':
      return [[`cloudwatch:${actionIn(line)}`, 'alarms']]
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
}

/** Source: the service authorization reference of S3. */
function s3Calls({ method, path, copySource }: Line): RecordedCall[] {
  const { pathname, searchParams } = new URL(path, 'http://s3')
  const [, ...key] = decodeURIComponent(pathname.slice(1)).split('/')
  const place = placeOf(key.join('/'))
  if (key.join('/') === '') return [['s3:ListBucket', 'bucket']]
  if (method === 'GET' || method === 'HEAD') return [['s3:GetObject', place]]
  if (method === 'DELETE')
    return [[searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject', place]]
  const source = copySource && decodeURIComponent(copySource).replace(/^\/?[^/]+\//, '')
  return [['s3:PutObject', place], ...(source ? [['s3:GetObject', placeOf(source)] as const] : [])]
}

function placeOf(key: string): Place | 'somewhere else' {
  return Object.entries(PREFIXES).find(([prefix]) => key.startsWith(prefix))?.[1] ?? 'somewhere else'
}

function queueOf(text: string): Place | 'somewhere else' {
  const [, name] = /-(arrivals|repairs|dead-letters)\b/.exec(text) ?? []
  return name === 'dead-letters' ? 'dead letters' : ((name as Place | undefined) ?? 'somewhere else')
}

function lambdaCall({ method, path }: Line, callers: Callers): RecordedCall {
  const [, name = '', rest] = /\/functions\/([^/]+)\/([^/?]+)/.exec(path) ?? []
  if (/\/event-source-mappings/.test(path)) return ['lambda:ListEventSourceMappings', 'anything']
  const [plain = '', alias] = decodeURIComponent(name).split(':')
  const place = callers[plain] === 'audit' ? 'the audit' : alias === undefined ? 'the function' : 'the live alias'
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
