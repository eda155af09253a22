/** What Step Functions does with the role of a state machine, read from its definition. */
import { FUNCTION_VARIABLES } from '../../functions/shared/names.ts'
import { functionArnOf, type GrantedPolicies, queueArnOf, type Request } from './granted.ts'
import { arnOf } from './resolve.ts'

/** What Step Functions needs for logs: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
const LOG_DELIVERY = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
]

export function stateMachineCalls(policies: GrantedPolicies): Request[] {
  const buckets = bucketsOf(policies)
  return policies.resources('AWS::StepFunctions::StateMachine').flatMap(([id, { Properties }]) => {
    const { RoleArn: caller, DefinitionString, LoggingConfiguration, TracingConfiguration } = Properties
    const arn = arnOf(id, policies.template.Resources)
    const sampling = ['xray:GetSamplingRules', 'xray:GetSamplingTargets']
    const anywhere = [
      ...(LoggingConfiguration ? LOG_DELIVERY.map((action) => `logs:${action}`) : []),
      ...(TracingConfiguration?.Enabled ? sampling : []),
    ]
    return [
      ...statesIn(JSON.parse(DefinitionString)).flatMap((state) => callsOfState(caller, arn, state, buckets)),
      ...anywhere.map((action) => ({ caller, action, resource: '*', why: 'logs and traces' })),
      ...(TracingConfiguration?.Enabled ? tracing(caller) : []),
    ]
  })
}

// biome-ignore lint/suspicious/noExplicitAny: states in the language of Step Functions
function statesIn(definition: any): any[] {
  return Object.values(definition.States).flatMap((state) => {
    const { ItemProcessor, Iterator: iterator } = state as Record<string, object>
    const inner = ItemProcessor ?? iterator
    return [state, ...(inner ? statesIn(inner) : [])]
  })
}

/** @returns names of the buckets whose files the function enriches: the input of a run names one of them */
function bucketsOf(policies: GrantedPolicies): string[] {
  return policies.resources('AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const variables: Record<string, string> = Properties.Environment?.Variables ?? {}
    if (!(FUNCTION_VARIABLES.deadLetterQueueUrl in variables)) return []
    const sources = (variables[FUNCTION_VARIABLES.sourceBuckets] ?? '').split(',').filter((name) => name !== '')
    return [variables[FUNCTION_VARIABLES.bucket]!, ...sources]
  })
}

// biome-ignore lint/suspicious/noExplicitAny: a state
function callsOfState(caller: string, machine: string, state: any, buckets: readonly string[]): Request[] {
  const { Resource: task, Parameters, ItemReader, ResultWriter, ItemProcessor } = state
  const call = (action: string, resource: string, why: string) => ({ caller, action, resource, why })
  const calls: Request[] = []
  if (/:sqs:sendMessage$/.test(task)) {
    calls.push(call('sqs:SendMessage', queueArnOf(Parameters.QueueUrl), 'a message'))
  } else if (/:lambda:invoke$/.test(task)) {
    calls.push(call('lambda:InvokeFunction', functionArnOf(Parameters.FunctionName), 'a task'))
  } else if (task !== undefined) throw new Error(`what does the task ${task} call?`)
  if (ItemReader) {
    const listed = ItemReader.Parameters.Bucket === undefined ? buckets : [ItemReader.Parameters.Bucket]
    calls.push(...listed.map((name) => call('s3:ListBucket', `arn:aws:s3:::${name}`, 'the listing')))
  }
  if (ResultWriter) {
    // https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    const { Bucket, Prefix } = ResultWriter.Parameters
    const actions = ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload']
    const results = `arn:aws:s3:::${Bucket}/${Prefix.replace(/\/?$/, '/')}9a8b/SUCCEEDED_0.json`
    calls.push(...actions.map((action) => call(action, results, 'the results')))
  }
  if (ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
    const runs = machine.replace(':stateMachine:', ':execution:')
    calls.push(call('states:StartExecution', machine, 'a child'))
    calls.push(call('states:DescribeExecution', `${runs}:1b2c`, 'a child'))
    calls.push(call('states:StopExecution', `${runs}:1b2c`, 'a child'))
    calls.push(call('states:RedriveExecution', `${runs}/Files:1b2c`, 'a child that is tried again'))
  }
  return calls
}

export function tracing(caller: string): Request[] {
  const actions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords']
  return actions.map((action) => ({ caller, action, resource: '*', why: 'traces' }))
}
