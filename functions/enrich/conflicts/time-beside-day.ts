/** Searches other columns for a time of day that distinguishes the rows of a day. */
import type { ColumnDescription } from '../../market/column-values.ts'
import { type ConflictSample, missingKeys } from '../../market/duplicates/conflict-evidence.ts'
import { areHalfDays, areTwelveHours, pricesGoOn, timesOfDay } from '../../market/times/time-of-day-evidence.ts'
import type { MarketFile } from '../market-file.ts'
import type { SampledValues } from './conflict-sample.ts'

/** An unused column at the rows of the sample. */
interface SampledColumn extends SampledValues {
  readonly column: number
  readonly description: ColumnDescription
}

/** Columns that hold the time of day, and whether they can be read beside the day. */
export interface TimeBesideDay<T extends SampledColumn> {
  readonly columns: readonly T[]
  readonly canCombine: boolean
}

/**
 * @param all unused columns
 * @param apart those whose values differ between rows of one series and time
 * @param areDays whether the chosen time column holds days
 */
export function timeBesideDay<T extends SampledColumn>(
  { columns }: MarketFile,
  sample: ConflictSample,
  all: readonly T[],
  apart: readonly T[],
  areDays: boolean,
): TimeBesideDay<T> | undefined {
  const values = ({ texts }: T) => texts.filter((text) => text !== 'null')
  if (!areDays || columns.timeOfDay !== undefined) return undefined
  const half = all.find((each) => areHalfDays(values(each)))
  const kindOf = (each: T) =>
    timesOfDay(each.description, values(each), (rowsOfDay) => {
      const { codes, texts } = each
      const numbers = texts.map((text) => (text === 'null' ? Number.NaN : Number(text)))
      return pricesGoOn(sample, (at) => numbers[codes[at]!]!, rowsOfDay)
    })
  const whole = apart.find((each) => kindOf(each) === 'whole')
  if (whole) {
    const needsHalf = half && areTwelveHours(values(whole))
    return needsHalf ? { columns: [whole, half], canCombine: false } : { columns: [whole], canCombine: true }
  }
  // hours and minutes, or AM and PM, in columns of their own: no column alone distinguishes the rows of a day
  const parts = all.filter((each) => kindOf(each) !== undefined)
  const found = missingKeys(
    sample,
    parts.map(({ codes }) => codes),
  )
  return found && { columns: found.map((at) => parts[at]!), canCombine: false }
}
