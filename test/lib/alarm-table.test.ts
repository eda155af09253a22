import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Duration } from 'aws-cdk-lib/core'
import { retrySeconds } from '../../functions/lambda/own-messages.ts'
import { type Template as Resolvable, resolved } from '../policies/resolve.ts'
import { readDocument } from '../readme/documents.ts'
import { stackOf } from './synthesised.ts'

/** Minutes. */
const [PERIOD, CANARY_INTERVAL, MAX_WAIT, MAX_SILENCE, DAY] = [5, 60, 15, 360, 24 * 60]
const HORIZON = 2 * DAY
/** The time after which a message comes again whose function was killed. */
const VISIBILITY = 6.5

/** What CloudWatch has of a metric between two minutes after the failure began; undefined: nothing. */
type Metric = (from: number, to: number) => number | undefined
/** By the name of the alarm that looks at it; other metrics are as in a deployment that is well. */
type Metrics = Readonly<Record<string, Metric>>

const WELL: Metrics = { Canary: () => 1, Silence: () => 1 }

const always =
  (value: number): Metric =>
  () =>
    value
const once =
  (value: number): Metric =>
  (from) =>
    from === 0 ? value : undefined
const never: Metric = () => undefined
/** The age of a message that nobody takes, in seconds. */
const waiting: Metric = (_, to) => to * 60
/** How many times fall between two minutes. */
const countOf = (minutes: readonly number[]): Metric => {
  return (from, to) => minutes.filter((minute) => minute >= from && minute < to).length || undefined
}

const MAX_RECEIVE_COUNT = 30
/** Minutes at which the function tries a file that always fails, with the mean of the random pauses. */
const attempts: number[] = [0]
for (let receive = 1; receive < MAX_RECEIVE_COUNT; receive++) {
  attempts.push(attempts.at(-1)! + (retrySeconds(receive, 0) + retrySeconds(receive, 1)) / 2 / 60)
}
/** Those at which it is killed each time. */
const kills = Array.from({ length: MAX_RECEIVE_COUNT }, (_, i) => i * VISIBILITY)
const givenUp: Metric = (_, to) => (to > attempts.at(-1)! ? 1 : 0)

/** Each failure of the table, by the metrics that it changes. */
const FAILURES: Readonly<Record<string, Metrics>> = {
  'a file is refused': { Refused: once(1) },
  'a file fails once and is then enriched': { Failing: once(1) },
  'every file fails (S3, a permission, the engine)': {
    Failing: always(20),
    Canary: never,
    Silence: never,
    DeadLetters: givenUp,
  },
  'one file fails for hours': { Failing: countOf(attempts), DeadLetters: givenUp },
  // Lambda takes ever fewer messages of a queue whose function fails, so some wait
  'the function does not start (settings, permissions)': {
    Errors: always(5),
    OldestMessage: waiting,
    Canary: never,
    Silence: never,
  },
  'Lambda kills the function at one file (timeout, memory)': {
    ...Object.fromEntries(['Unsuccessful', 'OutOfMemory', 'Errors'].map((name) => [name, countOf(kills)])),
    DeadLetters: (_, to) => (to > kills.at(-1)! + VISIBILITY ? 1 : 0),
  },
  'files arrive faster than they are enriched': { OldestMessage: waiting },
  'Lambda refuses invocations': { Throttles: always(9), OldestMessage: waiting },
  "the bucket's notifications are lost or switched off": { Canary: never, Silence: never },
  'nobody uploads files any more': { Silence: never },
  'the canary fails or does not run': { Canary: never },
  'the function receives its own outputs as inputs': { Recursion: once(1) },
  'a sequence does not advance (setting `carry`)': { SequenceStuck: waiting },
  'a file in a sequence fails for hours': {
    Failing: countOf(attempts),
    SequenceFailing: (from, to) => {
      const failures = attempts.flatMap((minute, i) => (minute >= from && minute < to ? [i + 1] : []))
      return failures.length > 0 ? Math.max(...failures) : undefined
    },
    DeadLetters: givenUp,
  },
  // ten attempts, each until the message comes again
  'a sequence cannot be advanced at all': {
    SequenceFailed: (_, to) => (to > 10 * VISIBILITY ? 1 : 0),
    SequenceStuck: (_, to) => (to < 2 * VISIBILITY ? to * 60 : undefined),
    Unsuccessful: always(1),
  },
  'a file in a sequence kills the function three times': {
    Unsuccessful: (from) => (from < 3 * VISIBILITY ? 1 : undefined),
    SequenceStuck: (_, to) => (to < 2 * VISIBILITY ? to * 60 : undefined),
    Refused: (_, to) => (to > 3 * VISIBILITY && to <= 3 * VISIBILITY + PERIOD ? 1 : undefined),
    DeadLetters: (_, to) => (to > 3 * VISIBILITY ? 1 : 0),
  },
  'repairs wait for longer than a day': { OldestRepair: waiting },
  'a chart or a file of removed rows cannot be written': { SecondaryFailed: always(2) },
  'a file takes nearly all time or memory': { Duration: once(290_000), Memory: once(500) },
}

/** The words for times in the table, in minutes: no earlier, no later. */
const TIMES: Readonly<Record<string, readonly [number, number]>> = {
  '5 minutes': [0, 5],
  '15 to 30 minutes': [15, 30],
  '20 minutes': [PERIOD, 25],
  '20 to 60 minutes': [20, 60],
  '65 minutes or more': [60, DAY],
  '4 hours or more': [4 * 60, DAY],
  '`maxWait`': [MAX_WAIT, MAX_WAIT + PERIOD],
  'three canary intervals': [3 * CANARY_INTERVAL, 3 * CANARY_INTERVAL],
  '3 hours or more': [3 * 60, DAY],
  '`maxSilence`': [MAX_SILENCE, MAX_SILENCE],
  'a day': [DAY, DAY + PERIOD],
}

interface Alarm {
  readonly AlarmName: string
  readonly AlarmActions: readonly string[]
  readonly Namespace?: string
  readonly Period?: number
  /** Instead of one metric: an expression, and the metrics in it. */
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Period: number } }[]
  readonly Threshold: number
  readonly ComparisonOperator: string
  readonly DatapointsToAlarm: number
  readonly EvaluationPeriods: number
  readonly TreatMissingData: string
}

const more = {
  maxSilence: Duration.minutes(MAX_SILENCE),
  maxWait: Duration.minutes(MAX_WAIT),
  settings: { carry: { within: 'incoming/*/' } },
}
const template = Template.fromStack(stackOf('prod', more).stack).toJSON() as Resolvable
const alarms = new Map(
  Object.values(resolved(template).Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => [Properties.AlarmName.replace(/^.*-/, ''), Properties as Alarm]),
)

/** Periods that CloudWatch looks at beside those that it evaluates. It does not say how many; this many were seen. */
const FURTHER_PERIODS = 2

const minutesOf = ({ Period, Metrics }: Alarm) =>
  (Period ?? Metrics!.find(({ MetricStat }) => MetricStat)!.MetricStat!.Period) / 60

/** @returns the minute at which the alarm goes off, or undefined */
function ringsAt(alarm: Alarm, metric: Metric): number | undefined {
  return statesOf(alarm, metric).find(({ isRed }) => isRed)?.minute
}

/** The state of the alarm at the end of each period. */
function statesOf(alarm: Alarm, metric: Metric): { readonly minute: number; readonly isRed: boolean }[] {
  const minutes = minutesOf(alarm)
  const isFilled = alarm.Metrics?.some(({ Expression }) => Expression === 'FILL(m, 0)')
  const isBeyond = (value: number) =>
    alarm.ComparisonOperator === 'LessThanThreshold' ? value < alarm.Threshold : value >= alarm.Threshold
  const { EvaluationPeriods, DatapointsToAlarm, TreatMissingData } = alarm
  const states: { readonly minute: number; readonly isRed: boolean }[] = []
  const values: (number | undefined)[] = Array.from({ length: EvaluationPeriods + FURTHER_PERIODS }, () =>
    WELL[idOf(alarm)]?.(0, 0),
  )
  for (let from = 0; from < HORIZON; from += minutes) {
    values.push(metric(from, from + minutes) ?? (isFilled ? 0 : undefined))
    const range = values.slice(-EvaluationPeriods - FURTHER_PERIODS)
    const known = range.filter((value) => value !== undefined)
    // the latest values in the whole range are evaluated; what is missing counts only if there are too few
    const filled = Array.from(
      { length: Math.max(0, EvaluationPeriods - known.length) },
      () => TreatMissingData === 'breaching',
    )
    const beyond = [...known.slice(-EvaluationPeriods).map(isBeyond), ...filled]
    states.push({ minute: from + minutes, isRed: beyond.filter(Boolean).length >= DatapointsToAlarm })
  }
  return states
}

const idOf = ({ AlarmName }: Alarm) => AlarmName.replace(/^.*-/, '')

const namesIn = (text: string) =>
  [...text.matchAll(/\b[A-Z]\w+\b/g)].map(([name]) => name).filter((name) => alarms.has(name))

describe('an alarm about single events', () => {
  // a queue has values of each minute, and an audit has one of each day
  const isOfEvents = (alarm: Alarm) => alarm.Namespace !== 'AWS/SQS' && minutesOf(alarm) < DAY
  for (const [id, alarm] of alarms) {
    const { EvaluationPeriods, ComparisonOperator, Threshold } = alarm
    if (EvaluationPeriods > 1 || ComparisonOperator === 'LessThanThreshold' || !isOfEvents(alarm)) continue
    it(`ends one period after the last one: ${id}`, () => {
      const red = statesOf(alarm, once(Threshold)).filter(({ isRed }) => isRed)
      assert.deepEqual(
        red.map(({ minute }) => minute),
        [minutesOf(alarm)],
      )
    })
  }
})

describe("the runbook's table of failures", () => {
  const [, table = ''] = readDocument('docs/runbook.md').split('|---|---|---|---|---|\n')
  const rows = table
    .split('\n\n')[0]!
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))

  it('has each failure that is tried here, and no other', () => {
    assert.deepEqual(
      rows.map(([, failure]) => failure),
      Object.keys(FAILURES),
    )
  })

  it('names every alarm that something can ring, but for the audits, which have a section of their own', () => {
    const named = new Set(rows.flatMap(([, , which = '']) => namesIn(which)))
    assert.deepEqual(
      [...alarms.keys()].filter((name) => !named.has(name)),
      ['AuditFailed', 'AuditIncomplete', 'Audit'],
    )
  })

  for (const [, failure = '', which = '', severity = '', after = '', missing = ''] of rows) {
    it(`is right about this: ${failure}`, () => {
      const metrics: Metrics = { ...WELL, ...FAILURES[failure] }
      const rung = new Map<string, number>()
      for (const [name, alarm] of alarms) {
        const minute = ringsAt(alarm, metrics[name] ?? never)
        if (minute !== undefined) rung.set(name, minute)
      }
      const named = which.split(/, then /).map(namesIn)
      const [severities, times] = [severity, after].map((text) => text.split(', then '))
      for (const [step, names] of named.entries()) {
        const ofStep = (severities![step] ?? severities!.at(-1)!).split(' and ')
        // a step without a time of its own comes after the one before it
        const [first, last] = TIMES[times![step] ?? ''] ?? [0, HORIZON]
        for (const [i, name] of names.entries()) {
          const expected = ofStep[i] ?? ofStep.at(-1)!
          const minute = rung.get(name)
          assert.ok(minute !== undefined && minute >= first && minute <= last, `${name} rings at ${minute} minutes`)
          assert.match(
            JSON.stringify(alarms.get(name)!.AlarmActions).toLowerCase(),
            new RegExp(`topics${expected}`),
            name,
          )
        }
      }
      const others = [...rung].filter(([name]) => !named.flat().includes(name))
      assert.deepEqual(others, [], 'alarms that ring and are not named')
      const earliest = Math.min(...named.flat().map((name) => rung.get(name)!))
      for (const name of namesIn(missing.replaceAll(/: [^;]*/g, ''))) {
        assert.ok((rung.get(name) ?? HORIZON) > earliest, `${name} does not miss it`)
      }
    })
  }
})
