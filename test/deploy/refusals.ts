/** What AWS refuses and the emulator does not, by the operation. `gateway.ts` asks before it passes a request on. */
import { runSimulation } from '@cloud-copilot/iam-simulate'

/** Calls the emulator itself. */
export interface Emulated {
  json(target: string, body: object): Promise<Answer>
  /** @returns the XML of the answer */
  query(parameters: Readonly<Record<string, string>>): Promise<string>
}

// biome-ignore lint/suspicious/noExplicitAny: the input or the answer of any operation
type Answer = any

/** @returns what is answered instead; undefined: the emulator answers */
export type Refusal = (
  input: Answer,
  emulated: Emulated,
) => Promise<{ readonly status: number; readonly body: object } | undefined>

/** A state may return as much: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_OUTPUT_BYTES = 262_144

export const REFUSALS: Readonly<Record<string, Refusal>> = {
  /** The function sends letters itself, so SQS does not know whose they were. */
  StartMessageMoveTask: async ({ DestinationArn }) => {
    if (DestinationArn !== undefined) return undefined
    const message = 'CouldNotDetermineMessageSource'
    return { status: 400, body: { __type: 'com.amazonaws.sqs#UnsupportedOperation', message } }
  },

  /** A map without a ResultWriter returns the results of all its children. */
  DescribeExecution: async (input, { json }) => {
    const execution = await json('AWSStepFunctions.DescribeExecution', input)
    if (execution.status === undefined) return undefined
    // this answer, since the next one may have an output
    if (Buffer.byteLength(execution.output ?? '') <= MAX_OUTPUT_BYTES) return { status: 200, body: execution }
    const { stateMachineArn } = execution
    const { definition } = await json('AWSStepFunctions.DescribeStateMachine', { stateMachineArn })
    const { output: _, ...others } = execution
    if (definition.includes('"ResultWriter"')) return { status: 200, body: { ...others, output: '{}' } }
    const [error, cause] = ['States.DataLimitExceeded', `the output has more than ${MAX_OUTPUT_BYTES} bytes`]
    return { status: 200, body: { ...others, status: 'FAILED', error, cause } }
  },

  /** The emulator publishes for an alarm whatever the policy of the topic is. */
  SetAlarmState: async (input, emulated) => {
    const { AlarmName, StateValue } = input
    const call = (operation: string, body: object) => emulated.json(`GraniteServiceVersion20100801.${operation}`, body)
    const { MetricAlarms = [] } = await call('DescribeAlarms', { AlarmNames: [AlarmName] })
    const [alarm] = MetricAlarms
    if (StateValue !== 'ALARM' || !alarm) return undefined
    const topics: string[] = alarm.AlarmActions ?? []
    const allowed = await Promise.all(topics.map((topic) => mayPublish(topic, alarm.AlarmArn, emulated)))
    if (allowed.every((isAllowed) => isAllowed)) return undefined
    await call('DisableAlarmActions', { AlarmNames: [AlarmName] })
    await call('SetAlarmState', input)
    await call('EnableAlarmActions', { AlarmNames: [AlarmName] })
    return { status: 200, body: {} }
  },
}

async function mayPublish(topic: string, alarm: string, { query }: Emulated): Promise<boolean> {
  const xml = await query({ Action: 'GetTopicAttributes', Version: '2010-03-31', TopicArn: topic })
  const [, escaped = '{}'] = /<key>Policy<\/key><value>(.*?)<\/value>/s.exec(xml) ?? []
  const policy = JSON.parse(escaped.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
  const accountId = topic.split(':')[4]!
  const answer = await runSimulation(
    {
      request: {
        principal: 'cloudwatch.amazonaws.com',
        action: 'sns:Publish',
        resource: { resource: topic, accountId },
        contextVariables: { 'aws:SourceArn': alarm, 'aws:SourceAccount': accountId, 'aws:SecureTransport': 'true' },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy,
    },
    {},
  )
  return answer.resultType !== 'error' && answer.overallResult === 'Allowed'
}
