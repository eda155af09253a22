import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Duration, Size } from 'aws-cdk-lib/core'
import type { SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { pipelineIn } from './synthesised.ts'

const refused: readonly [props: SupertrendPipelineProps, message: string][] = [
  [
    { logRetention: Duration.days(10) },
    'logRetention is 10 days; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days',
  ],
  [{ logRetention: Duration.hours(36) }, 'logRetention is 1.5 days; allowed are 1,'],
  [{ timeout: Duration.minutes(20) }, 'timeout is 1200 seconds; allowed are whole numbers from 30 to 900'],
  [{ timeout: Duration.millis(60_500) }, 'timeout is 60.5 seconds; allowed are whole numbers from 30 to 900'],
  [{ memory: Size.mebibytes(64) }, 'memory is 64 MiB; allowed are whole numbers from 256 to 10240'],
  [{ memory: Size.gibibytes(11) }, 'memory is 11264 MiB; allowed are'],
  [
    { ephemeralStorage: Size.mebibytes(511) },
    'ephemeralStorage is 511 MiB; allowed are whole numbers from 512 to 10240',
  ],
  [{ maxConcurrency: 1 }, 'maxConcurrency is 1; allowed are whole numbers from 2 to 1000'],
  [{ maxConcurrency: 1001 }, 'maxConcurrency is 1001; allowed are whole numbers from 2 to 1000'],
  [{ repairsConcurrency: 1 }, 'repairsConcurrency is 1; allowed are whole numbers from 2 to 1000'],
  [
    { maxConcurrency: 10, repairsConcurrency: 5, reservedConcurrency: 14 },
    'reservedConcurrency is 14; allowed are whole numbers from 15',
  ],
  [{ maxConcurrency: 10, reservedConcurrency: 11 }, 'reservedConcurrency is 11; allowed are whole numbers from 12'],
  [{ maxSilence: Duration.days(8) }, 'maxSilence is 11520 minutes; allowed are whole numbers from 5 to 10080'],
  [{ maxSilence: Duration.seconds(330) }, 'maxSilence is 5.5 minutes; allowed are whole numbers from 5 to 10080'],
  [{ canaryEvery: Duration.days(4) }, 'canaryEvery is 5760 minutes; allowed are whole numbers from 15 to 3360'],
  [{ canaryEvery: Duration.minutes(14) }, 'canaryEvery is 14 minutes; allowed are whole numbers from 15 to 3360'],
  [{ maxWait: Duration.minutes(13) }, 'maxWait is 780 seconds; allowed are whole numbers from 840'],
  [
    { maxWait: Duration.minutes(32), timeout: Duration.minutes(15) },
    'maxWait is 1920 seconds; allowed are whole numbers from 1980',
  ],
  [{ incomingExpiration: Duration.hours(12) }, 'incomingExpiration is 0.5 days; allowed are whole numbers from 1'],
  [{ reportExpiration: Duration.days(0) }, 'reportExpiration is 0 days; allowed are whole numbers from 1'],
  [{ chartExpiration: Duration.hours(30) }, 'chartExpiration is 1.25 days; allowed are whole numbers from 1'],
  [{ noncurrentExpiration: Duration.days(0) }, 'noncurrentExpiration is 0 days; allowed are whole numbers from 1'],
  [
    { settings: { columns: { time: Array.from({ length: 400 }, (_, i) => `column-${i}`) } } },
    'settings is 5112 bytes of JSON; allowed are whole numbers from 0 to 3072',
  ],
]

describe('a value that AWS would refuse', () => {
  for (const [props, message] of refused) {
    it(`is refused with those that are allowed: ${message.replace(/;.*/, '')}`, () => {
      assert.throws(
        () => pipelineIn(() => props),
        (error: Error) => {
          assert.ok(error.message.startsWith(`Market/Bars: ${message}`), error.message)
          return true
        },
      )
    })
  }

  it('does not hide the others', () => {
    const props = { memory: Size.mebibytes(64), timeout: Duration.minutes(20) }
    assert.throws(
      () => pipelineIn(() => props),
      /^RefusedError: Market\/Bars: memory is 64 MiB; .*; timeout is 1200 seconds; /,
    )
  })
})

describe('the outermost values that AWS takes', () => {
  const outermost: readonly SupertrendPipelineProps[] = [
    {
      logRetention: Duration.days(1),
      timeout: Duration.seconds(30),
      memory: Size.mebibytes(256),
      ephemeralStorage: Size.mebibytes(512),
      maxConcurrency: 2,
      reservedConcurrency: 4,
      maxSilence: Duration.minutes(5),
      canaryEvery: Duration.minutes(15),
      maxWait: Duration.seconds(840),
    },
    {
      logRetention: Duration.days(3653),
      timeout: Duration.minutes(15),
      memory: Size.gibibytes(10),
      ephemeralStorage: Size.gibibytes(10),
      maxConcurrency: 1000,
      maxSilence: Duration.days(7),
      canaryEvery: Duration.hours(56),
    },
  ]
  for (const props of outermost) {
    it(`are accepted: a timeout of ${props.timeout?.toHumanString()} and others`, () => {
      assert.doesNotThrow(() => pipelineIn(() => props))
    })
  }

  it('leave an alarm that CloudWatch accepts: a day, or a week where a period is an hour or more', () => {
    for (const props of outermost) {
      for (const { Period, EvaluationPeriods } of alarmsOf(props)) {
        assert.equal(Period % 60, 0)
        assert.ok(Period * EvaluationPeriods <= (Period >= 3600 ? 7 : 1) * 86_400, `${Period} x ${EvaluationPeriods}`)
      }
    }
  })
})

describe('the default of maxWait', () => {
  it('is half an hour, and longer where two killed invocations alone would take that long', () => {
    const thresholdWith = (timeout: Duration) =>
      alarmsOf({ timeout }).find(({ MetricName }) => MetricName === 'ApproximateAgeOfOldestMessage')?.Threshold
    assert.equal(thresholdWith(Duration.minutes(5)), 1800)
    // twice 16 minutes, and a minute until the first receive
    assert.equal(thresholdWith(Duration.minutes(15)), 1980)
  })
})

describe('the time that the canary waits for its file', () => {
  for (const [maxWait, seconds] of [
    [Duration.seconds(840), 840],
    [Duration.minutes(15), 900],
    [Duration.minutes(30), 900],
    [undefined, 900],
  ] as const) {
    it(`is maxWait, or the most that Lambda allows: ${maxWait?.toHumanString() ?? 'the default'}`, () => {
      const { stack } = pipelineIn(() => ({ canaryEvery: Duration.minutes(15), ...(maxWait && { maxWait }) }))
      const functions = Template.fromStack(stack).findResources('AWS::Lambda::Function')
      const [canary] = Object.entries(functions).filter(([id]) => /Canary/.test(id))
      assert.equal(canary?.[1].Properties.Timeout, seconds)
    })
  }
})

interface AlarmProperties {
  readonly Period?: number
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Period: number } }[]
  readonly EvaluationPeriods: number
  readonly MetricName?: string
  readonly Threshold: number
}

function alarmsOf(props: SupertrendPipelineProps) {
  const alarms = Template.fromStack(pipelineIn(() => props).stack).findResources('AWS::CloudWatch::Alarm')
  return Object.values(alarms).map(({ Properties }) => {
    const { Period, Metrics = [], ...others } = Properties as AlarmProperties
    // that of an expression is that of its metric
    return { ...others, Period: Period ?? Metrics.find(({ MetricStat }) => MetricStat)!.MetricStat!.Period }
  })
}
