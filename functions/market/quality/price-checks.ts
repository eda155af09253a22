/** Counts kept rows whose prices are missing or contradict each other. */
import { hasPrice, type Prices } from '../supertrend.ts'
import { ALL_ZERO, UNDEFINED, type WithoutPrice } from './without-price.ts'

export class PriceChecks {
  /** By reason; 0 is a missing or infinite number. */
  readonly #without = [0, 0, 0]
  /** Rows whose high is below their low, or whose close is outside of the two. */
  inconsistent = 0
  /** Those of `inconsistent` whose high is below their low. */
  highBelowLow = 0

  /** Those of `inconsistent` whose close is outside of high and low, which are in order. */
  get closeOutside(): number {
    return this.inconsistent - this.highBelowLow
  }

  get withoutPrice(): number {
    return this.#without.reduce((sum, rows) => sum + rows)
  }

  get withoutPriceBy(): WithoutPrice {
    return { missing: this.#without[0]!, zero: this.#without[ALL_ZERO]!, undefined: this.#without[UNDEFINED]! }
  }

  /**
   * @param reasons by row, why numbers that are there count as no prices; undefined when all of them are prices
   * @param accepted 0 for rows that are not counted
   */
  count({ high, low, close }: Prices, reasons: Uint8Array | undefined, rows: number, accepted: Uint8Array): void {
    for (let i = 0; i < rows; i++) {
      const h = high[i]!
      const l = low[i]!
      const c = close[i]!
      const isConsistent = l <= c && c <= h
      // most rows, by few branches: their prices are also finite
      if (isConsistent && h - l < Number.POSITIVE_INFINITY) continue
      if (accepted[i] === 0) continue
      if (!hasPrice(h, l, c)) this.#without[reasons ? reasons[i]! : 0]!++
      else if (!isConsistent) {
        this.inconsistent++
        if (h < l) this.highBelowLow++
      }
    }
  }
}
