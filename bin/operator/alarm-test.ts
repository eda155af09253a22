/** Rings one alarm, so that a person sees its mail arrive before an incident needs it. */
import { setTimeout } from 'node:timers/promises'
import {
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { RefusedError } from '../../functions/shared/errors.ts'
import { TESTED_ALARMS } from '../../functions/shared/names.ts'
import type { Deployment } from './deployment.ts'
import { POLL_MS } from './queue-drained.ts'
import { shown } from './shown.ts'

type Severity = keyof typeof TESTED_ALARMS

const REASON = 'A test by "npm run alarm-test". Nothing is wrong, and nothing is to be done.'

export interface AlarmTestOptions {
  readonly cloudWatch: Pick<CloudWatchClient, 'send'>
  readonly severity: Severity
  readonly print: (line: string) => void
  readonly pollMs?: number
  /** CloudWatch evaluates an alarm with a period of 5 minutes each minute. */
  readonly giveUpMs?: number
}

const GIVE_UP_MS = 600_000

/**
 * @returns whether CloudWatch reached the topic and the alarm came back to its own state
 * @throws RefusedError when the alarm cannot be tested: it is not there, it rings already, it tells nobody, or it may not
 * be set
 */
export async function testAlarm(
  deployment: Pick<Deployment, 'pipelineName'>,
  options: AlarmTestOptions,
): Promise<boolean> {
  try {
    return await ring(deployment, options)
  } catch (error) {
    throw notAllowed(error) ?? error
  }
}

/** @returns undefined when the failure has another reason than a missing permission */
function notAllowed(error: unknown): RefusedError | undefined {
  if (!(error instanceof Error) || !/^AccessDenied/.test(error.name)) return undefined
  return new RefusedError('settings', `${shown(error.message)}; the policies of onCallPolicy allow it`, {
    cause: error,
  })
}

async function ring({ pipelineName }: Pick<Deployment, 'pipelineName'>, options: AlarmTestOptions): Promise<boolean> {
  const { cloudWatch, severity, print } = options
  const name = `${pipelineName}-${TESTED_ALARMS[severity]}`
  const [topic] = testable(name, await readAlarm(options, name))
  const before = (await lastAction(options, name))?.at ?? 0
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: REASON }))
  print(`${name} (${severity}) is set to ALARM. A mail "ALARM: ${name}" is on its way to all who subscribed to`)
  print(`  ${topic}`)
  print(`who they are: aws sns list-subscriptions-by-topic --topic-arn ${topic}`)
  print(
    '  "PendingConfirmation" is somebody who has not yet followed the link in the mail of AWS, and receives nothing',
  )
  if (severity === 'page') print(`a second mail, "OK: ${pipelineName}-NotEnriching", says that it is over`)
  const action = await within(options, async () => {
    const last = await lastAction(options, name)
    return last && last.at > before ? last : undefined
  })
  print(action ? action.summary : 'CloudWatch does not say whether it reached the topic')
  const isBack = await within(
    options,
    async () => (await readAlarm(options, name))?.StateValue !== 'ALARM' || undefined,
  )
  print(isBack ? `${name} has returned to its own state` : `${name} is still in ALARM; it may have a real reason now`)
  return action?.succeeded === true && isBack === true
}

function testable(name: string, alarm: MetricAlarm | undefined): readonly string[] {
  const refuse = (reason: string) => new RefusedError('settings', `${name} ${reason}`)
  if (!alarm) throw refuse('does not exist; deploy the stack again')
  if (alarm.StateValue === 'ALARM') throw refuse('is in ALARM already, so no mail would be sent; see the runbook')
  if (alarm.ActionsEnabled === false) {
    throw refuse(`has its actions switched off; run "aws cloudwatch enable-alarm-actions --alarm-names ${name}"`)
  }
  if (!alarm.AlarmActions?.length) throw refuse('has no topic; deploy the stack again')
  return alarm.AlarmActions
}

async function readAlarm({ cloudWatch }: AlarmTestOptions, name: string): Promise<MetricAlarm | undefined> {
  const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))
  return MetricAlarms?.[0]
}

interface Action {
  /** Milliseconds since 1970, by the clock of CloudWatch. */
  readonly at: number
  readonly summary: string
  readonly succeeded: boolean
}

async function lastAction({ cloudWatch }: AlarmTestOptions, AlarmName: string): Promise<Action | undefined> {
  const newest = { HistoryItemType: 'Action', ScanBy: 'TimestampDescending', MaxRecords: 1 } as const
  const { AlarmHistoryItems } = await cloudWatch.send(new DescribeAlarmHistoryCommand({ AlarmName, ...newest }))
  const [item] = AlarmHistoryItems ?? []
  if (!item?.Timestamp) return undefined
  const summary = shown(item.HistorySummary ?? '')
  return { at: item.Timestamp.getTime(), summary, succeeded: /^Success/i.test(summary) }
}

/** Asks again and again until there is an answer, or too much time has passed. */
async function within<T>(
  { pollMs = POLL_MS, giveUpMs = GIVE_UP_MS }: AlarmTestOptions,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const giveUpAt = performance.now() + giveUpMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined || performance.now() > giveUpAt) return answer
    await setTimeout(pollMs)
  }
}
