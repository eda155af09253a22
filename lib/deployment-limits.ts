/**
 * Refuses values that CDK accepts and AWS refuses, which would fail a deployment after minutes. Sources: the quotas of
 * Lambda, and PutRetentionPolicy, PutMetricAlarm, CreateEventSourceMapping and PutBucketLifecycleConfiguration.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Duration, type Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib/core'
import type { SettingsInput } from '../functions/lambda/settings-types.ts'
import { RefusedError } from '../functions/shared/errors.ts'
import { MAX_CANARY_WAIT, minWaitOf } from './visibility.ts'

export interface LimitedValues {
  readonly settings: SettingsInput
  readonly memory: Size
  readonly timeout: Duration
  readonly ephemeralStorage?: Size
  readonly maxConcurrency: number
  readonly repairsConcurrency: number
  readonly reservedConcurrency?: number
  readonly logRetention: Duration
  readonly maxWait?: Duration
  readonly maxSilence?: Duration
  readonly canaryEvery?: Duration
  readonly incomingExpiration?: Duration
  readonly noncurrentExpiration: Duration
  readonly reportExpiration?: Duration
  readonly chartExpiration?: Duration
}

const RETENTION_DAYS = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days <= 3653)
/** An alarm evaluates at most seven days; that of the canary evaluates three of its intervals. */
const MAX_SILENCE = Duration.days(7)
const MAX_CANARY_INTERVAL = Duration.hours(56)
/**
 * All variables of a function may have 4 KB; those other than the settings and the source buckets are names and URLs of at most
 * 1 KB.
 */
const MAX_SETTINGS_BYTES = 3072
const LONGEST_BUCKET_NAME = 63

/** @throws Error naming each value that is not allowed, and those that are */
export function checkLimits(values: LimitedValues): void {
  const { timeout, maxConcurrency, repairsConcurrency, logRetention, maxWait, maxSilence, canaryEvery } = values
  // a sequence whose invocation is refused would count it as a failure of its file
  const leastReserved = maxConcurrency * (values.settings.carry ? 2 : 1) + repairsConcurrency
  const problems = [
    outside('memory', mebibytes(values.memory), [256, 10_240], ' MiB'),
    outside('ephemeralStorage', mebibytes(values.ephemeralStorage), [512, 10_240], ' MiB'),
    outside('timeout', seconds(timeout), [30, 900], ' seconds'),
    outside('maxConcurrency', maxConcurrency, [2, 1000]),
    outside('repairsConcurrency', repairsConcurrency, [2, 1000]),
    outside('reservedConcurrency', values.reservedConcurrency, [leastReserved, Infinity]),
    outside('settings', settingsBytesOf(values.settings), [0, MAX_SETTINGS_BYTES], ' bytes of JSON'),
    outside('maxWait', seconds(maxWait), [minWaitOf(timeout).toSeconds(), Infinity], ' seconds'),
    outside('maxSilence', minutes(maxSilence), [5, MAX_SILENCE.toMinutes()], ' minutes'),
    // two runs at once would delete each other's file
    outside(
      'canaryEvery',
      minutes(canaryEvery),
      [MAX_CANARY_WAIT.toMinutes(), MAX_CANARY_INTERVAL.toMinutes()],
      ' minutes',
    ),
    outside('incomingExpiration', days(values.incomingExpiration), [1, Infinity], ' days'),
    outside('noncurrentExpiration', days(values.noncurrentExpiration), [1, Infinity], ' days'),
    outside('reportExpiration', days(values.reportExpiration), [1, Infinity], ' days'),
    outside('chartExpiration', days(values.chartExpiration), [1, Infinity], ' days'),
    notOneOf('logRetention', days(logRetention), RETENTION_DAYS, ' days'),
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new RefusedError('settings', problems.join('; '))
}

/** @throws RefusedError `settings` when the function's variables would be too long for Lambda */
export function checkVariables(settings: SettingsInput, sourceBuckets: readonly string[]): void {
  const lengths = sourceBuckets.map((name) => (Token.isUnresolved(name) ? LONGEST_BUCKET_NAME : name.length) + 1)
  const bytes = lengths.reduce((sum, length) => sum + length, settingsBytesOf(settings))
  if (bytes <= MAX_SETTINGS_BYTES) return
  const what = `the settings and the names of ${sourceBuckets.length} source buckets have ${bytes} bytes`
  const remedy = 'give some of the buckets to another pipeline'
  throw new RefusedError('settings', `${what}; Lambda allows ${MAX_SETTINGS_BYTES} here; ${remedy}`)
}

/** @returns a sentence about a value that is not a whole number in the range; undefined for one that is */
function outside(
  name: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
  unit = '',
): string | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return undefined
  const range = max === Infinity ? `whole numbers from ${min}` : `whole numbers from ${min} to ${max}`
  return `${name} is ${value}${unit}; allowed are ${range}`
}

function notOneOf(name: string, value: unknown, allowed: readonly unknown[], unit: string): string | undefined {
  return allowed.includes(value) ? undefined : `${name} is ${value}${unit}; allowed are ${allowed.join(', ')}${unit}`
}

const settingsBytesOf = (settings: SettingsInput) => Buffer.byteLength(JSON.stringify(settings))
const mebibytes = (size: Size | undefined) => size?.toMebibytes({ rounding: SizeRoundingBehavior.NONE })
const seconds = (duration: Duration | undefined) => duration?.toSeconds({ integral: false })
const minutes = (duration: Duration | undefined) => duration?.toMinutes({ integral: false })
const days = (duration: Duration | undefined) => duration?.toDays({ integral: false })
