import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AlarmTestOptions, testAlarm } from '../../../bin/operator/alarm-test.ts'
import { TESTED_ALARMS } from '../../../functions/shared/names.ts'
import { templateOf } from '../../lib/synthesised.ts'

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:page'

/** An alarm as CloudWatch keeps it: it rings when it is set, and returns after some questions. */
class FakeAlarm {
  readonly requests: object[] = []
  /** The command that the caller may not send. */
  denied: string | undefined
  readonly #history = [{ Timestamp: new Date(1000), HistorySummary: 'Successfully executed action of last year' }]
  #asked = 0

  readonly #alarm: Record<string, unknown>
  readonly #outcome: string | undefined
  readonly #returnsAfter: number
  constructor(
    alarm: object = {},
    outcome: string | undefined = `Successfully executed action ${TOPIC}`,
    returnsAfter = 2,
  ) {
    this.#alarm = {
      AlarmName: 'stack-DeadLetters',
      StateValue: 'OK',
      ActionsEnabled: true,
      AlarmActions: [TOPIC],
      ...alarm,
    }
    this.#outcome = outcome
    this.#returnsAfter = returnsAfter
  }

  async send(command: { readonly constructor: { readonly name: string }; readonly input: object }): Promise<object> {
    const { name } = command.constructor
    if (this.denied === name && name !== 'SetAlarmStateCommand') throw denial(name)
    if (name === 'DescribeAlarmsCommand') {
      if (this.#alarm.StateValue === 'ALARM' && this.requests.length > 0 && ++this.#asked > this.#returnsAfter) {
        this.#alarm.StateValue = 'OK'
      }
      return { MetricAlarms: this.#alarm.AlarmName ? [{ ...this.#alarm }] : [] }
    }
    if (name === 'DescribeAlarmHistoryCommand') return { AlarmHistoryItems: this.#history.slice(0, 1) }
    checkLimits(command.input as Record<string, string>)
    if (this.denied === name) throw denial(name)
    this.requests.push(command.input)
    this.#alarm.StateValue = 'ALARM'
    if (this.#outcome) this.#history.unshift({ Timestamp: new Date(2000), HistorySummary: this.#outcome })
    return {}
  }
}

/** Those of CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html */
function checkLimits({ AlarmName = '', StateReason = '' }: Readonly<Record<string, string>>): void {
  for (const [name, text, max] of [
    ['alarmName', AlarmName, 255],
    ['stateReason', StateReason, 1023],
  ] as const) {
    if (text.length <= max) continue
    const message = `1 validation error detected: ${name} must have length less than or equal to ${max}`
    throw Object.assign(new Error(message), { name: 'ValidationError' })
  }
}

function denial(command: string): Error {
  const action = `cloudwatch:${command.replace(/Command$/, '')}`
  const message = `User: arn:aws:iam::1:user/u is not authorized to perform: ${action}`
  return Object.assign(new Error(message), { name: 'AccessDenied' })
}

/** @param giveUpMs long, because a busy machine needs time for each step; short where nothing comes */
async function test(alarm: FakeAlarm, severity: AlarmTestOptions['severity'] = 'page', giveUpMs = 60_000) {
  const lines: string[] = []
  const cloudWatch = alarm as unknown as AlarmTestOptions['cloudWatch']
  const print = (line: string) => void lines.push(line)
  const isWell = await testAlarm({ pipelineName: 'stack' }, { cloudWatch, severity, print, pollMs: 1, giveUpMs })
  return { isWell, text: lines.join('\n') }
}

describe('the test of an alarm', () => {
  it('sets it, says which mail is on its way to whom, and sees it return', async () => {
    const alarm = new FakeAlarm()
    const { isWell, text } = await test(alarm)
    assert.equal(isWell, true)
    const [{ AlarmName, StateValue, StateReason }, ...more] = alarm.requests as Record<string, string>[] as [
      Record<string, string>,
    ]
    assert.deepEqual([AlarmName, StateValue, more], ['stack-DeadLetters', 'ALARM', []])
    assert.match(StateReason!, /^A test .* Nothing is wrong/)
    assert.match(text, /A mail "ALARM: stack-DeadLetters"/)
    assert.ok(text.includes(`aws sns list-subscriptions-by-topic --topic-arn ${TOPIC}\n`))
    assert.match(text, /"OK: stack-NotEnriching"/)
    assert.match(text, /Successfully executed action arn:.*\nstack-DeadLetters has returned to its own state$/)
  })

  it('of tickets rings another one, which is no part of the summary', async () => {
    const alarm = new FakeAlarm()
    const { text } = await test(alarm, 'ticket')
    assert.deepEqual(
      alarm.requests.map((request) => (request as { AlarmName: string }).AlarmName),
      ['stack-Refused'],
    )
    assert.doesNotMatch(text, /NotEnriching/)
  })

  it('fails when CloudWatch cannot reach the topic, says nothing, or the alarm stays', async () => {
    const refused = await test(new FakeAlarm({}, 'Failed to execute action. Received error: "AuthorizationError"'))
    assert.equal(refused.isWell, false)
    assert.match(refused.text, /AuthorizationError/)
    const silent = await test(new FakeAlarm({}, ''), 'page', 20)
    assert.equal(silent.isWell, false)
    assert.match(silent.text, /does not say whether/)
    const staying = await test(new FakeAlarm({}, undefined, Number.POSITIVE_INFINITY), 'page', 20)
    assert.equal(staying.isWell, false)
    assert.match(staying.text, /still in ALARM/)
  })

  it('is refused when no mail would come of it', async () => {
    for (const [alarm, reason] of [
      [{ AlarmName: undefined }, /^stack-DeadLetters does not exist/],
      [{ StateValue: 'ALARM' }, /is in ALARM already/],
      [{ ActionsEnabled: false }, /enable-alarm-actions --alarm-names stack-DeadLetters/],
      [{ AlarmActions: [] }, /has no topic/],
    ] as const) {
      const fake = new FakeAlarm(alarm)
      await assert.rejects(test(fake), { name: 'RefusedError', message: reason })
      assert.deepEqual(fake.requests, [])
    }
  })

  it('is refused, and says which permission is missing, when one is', async () => {
    for (const command of ['DescribeAlarms', 'DescribeAlarmHistory', 'SetAlarmState']) {
      const fake = new FakeAlarm()
      fake.denied = `${command}Command`
      const message = new RegExp(
        `not authorized to perform: cloudwatch:${command}; the policies of onCallPolicy allow it$`,
      )
      await assert.rejects(test(fake), { name: 'RefusedError', message })
      assert.deepEqual(fake.requests, [])
    }
  })

  it('has a text that CloudWatch takes, which refuses a longer one', async () => {
    const fake = new FakeAlarm()
    await test(fake)
    const [{ StateReason = '' }] = fake.requests as [Record<string, string>]
    assert.ok(StateReason.length > 30)
    const setState = (reason: string) =>
      fake.send({ constructor: { name: 'SetAlarmStateCommand' }, input: { AlarmName: 'a', StateReason: reason } })
    await setState(StateReason.padEnd(1023))
    await assert.rejects(setState(StateReason.padEnd(1024)), /stateReason must have length less than or equal to 1023/)
  })

  it('fails as CloudWatch does, for any other reason', async () => {
    const fake = new FakeAlarm()
    fake.send = async () => {
      throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })
    }
    await assert.rejects(test(fake), { name: 'ThrottlingException' })
  })

  it('knows alarms of every environment by their severity', () => {
    for (const name of ['dev', 'prod', 'local'] as const) {
      const alarms = Object.values(templateOf(name).findResources('AWS::CloudWatch::Alarm'))
      for (const [severity, id] of Object.entries(TESTED_ALARMS)) {
        const { Properties } = alarms.find(({ Properties }) => Properties.AlarmName === `Stack-${id}`)!
        assert.match(JSON.stringify(Properties.AlarmActions).toLowerCase(), new RegExp(`topics${severity}`))
      }
    }
  })
})
