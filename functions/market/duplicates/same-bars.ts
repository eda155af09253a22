/** Whether conflicting rows are versions of one bar, judged by how near their prices are. */
import type { ConflictSample } from './conflict-evidence.ts'

/** Conflicts are those of one bar when at least this share of them is. */
const SAME_BAR_SHARE = 0.9
/** Two bars are the same one when their prices differ by no more, in all, than this part of the larger range. */
const SAME_BAR_RANGES = 1
/** Or, divided by a common factor, as dividends and splits make it, by no more than this part. */
const ADJUSTED_BAR_RANGES = 0.1

/**
 * Whether rows of one series and time are the same bar, corrected or adjusted, rather than bars of two instruments or
 * intervals: two of the prices are equal, or all of them are near each other in terms of the bar's range.
 */
export function areSameBars(sample: ConflictSample): boolean {
  return shareOfBars(sample, (left, right) => isNear(left, right) || isAdjusted(left, right)) >= SAME_BAR_SHARE
}

/** The same without a common factor, which the prices of two contracts of one instrument may differ by as well. */
export function areNearBars(sample: ConflictSample): boolean {
  return shareOfBars(sample, isNear) >= SAME_BAR_SHARE
}

/** The share of conflicts whose bars are alike. */
function shareOfBars(
  { groups, prices, bars }: ConflictSample,
  areAlike: (left: readonly number[], right: readonly number[]) => boolean,
): number {
  const barAt = (at: number) => bars.map((values) => values[at]!)
  let [pairs, alike] = [0, 0]
  for (const [first, ...later] of groups) {
    for (const at of later) {
      if (prices[at] === prices[first!]) continue
      pairs++
      if (areAlike(barAt(first!), barAt(at))) alike++
    }
  }
  return pairs === 0 ? 0 : alike / pairs
}

type Prices = readonly number[]

function isNear(left: Prices, right: Prices): boolean {
  const equal = left.filter((value, i) => value === right[i]).length
  return equal >= 2 || distance(left, right, 1) <= SAME_BAR_RANGES * rangeOf(left, right)
}

function isAdjusted(left: Prices, right: Prices): boolean {
  return distance(left, right, sum(right) / sum(left)) <= ADJUSTED_BAR_RANGES * rangeOf(left, right)
}

function distance(left: Prices, right: Prices, factor: number): number {
  return sum(left.map((value, i) => Math.abs(value * factor - right[i]!)))
}

/** The larger one of the two. */
function rangeOf(...bars: readonly Prices[]): number {
  return Math.max(...bars.map((prices) => Math.max(...prices) - Math.min(...prices)))
}

function sum(values: Prices): number {
  return values.reduce((total, value) => total + value, 0)
}
