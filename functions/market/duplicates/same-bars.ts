/** Whether conflicting rows are versions of one bar, judged by how near their prices are. */
import type { ConflictSample } from './conflict-evidence.ts'

/** The rows of a sample are the same bars when at least this share of the conflicts is between alike bars. */
const SAME_BAR_SHARE = 0.9
/** Two bars are alike when the sum of their price differences is at most this multiple of the larger range ... */
const SAME_BAR_RANGES = 1
/** ... or at most this one after division by a common factor, such as that of a dividend or split. */
const ADJUSTED_BAR_RANGES = 0.1

/**
 * True when rows of one series and time are versions of one bar, corrected or adjusted, rather than bars of two instruments or
 * intervals: two prices are equal, or all prices are near each other compared with the bar's range.
 */
export function areSameBars(sample: ConflictSample): boolean {
  return shareOfBars(sample, (left, right) => isNear(left, right) || isAdjusted(left, right)) >= SAME_BAR_SHARE
}

/** The same without a common factor, by which the prices of two contracts of one instrument may differ too. */
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

/** The prices of one bar. */
type BarPrices = readonly number[]

function isNear(left: BarPrices, right: BarPrices): boolean {
  const equal = left.filter((value, i) => value === right[i]).length
  return equal >= 2 || distance(left, right, 1) <= SAME_BAR_RANGES * rangeOf(left, right)
}

function isAdjusted(left: BarPrices, right: BarPrices): boolean {
  return distance(left, right, sum(right) / sum(left)) <= ADJUSTED_BAR_RANGES * rangeOf(left, right)
}

function distance(left: BarPrices, right: BarPrices, factor: number): number {
  return sum(left.map((value, i) => Math.abs(value * factor - right[i]!)))
}

/** The larger range of two bars. */
function rangeOf(...bars: readonly BarPrices[]): number {
  return Math.max(...bars.map((prices) => Math.max(...prices) - Math.min(...prices)))
}

function sum(values: BarPrices): number {
  return values.reduce((total, value) => total + value, 0)
}
