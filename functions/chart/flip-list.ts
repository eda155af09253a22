/** Lists the flips of a series: the rows at which the trend has another side than before. */

/** Memory for 100,000 flips is 8 MB; a series of minutes over four years has about as many. */
const MAX_FLIPS = 100_000

interface FlipRow {
  readonly time: number
  readonly side: number
  readonly price: number
  /** Number of the row in its series. */
  readonly row: number
}

/** One element for each flip, oldest first. */
export interface Flips {
  /** How many there are; older ones than those listed may be missing. */
  readonly count: number
  readonly times: readonly number[]
  /** The side from then on: -1 or +1. */
  readonly sides: readonly number[]
  /** Closes. */
  readonly prices: readonly number[]
  /** Bars until the next flip, or until the last bar. */
  readonly bars: readonly number[]
  /** Change of the close until then, relative to the price. */
  readonly returns: readonly number[]
}

export class FlipList {
  #rows: FlipRow[] = []
  #count = 0

  add(flip: FlipRow): void {
    this.#count++
    this.#rows.push(flip)
    if (this.#rows.length >= 2 * MAX_FLIPS) this.#rows = this.#rows.slice(MAX_FLIPS)
  }

  /**
   * @param end the last row with a price
   * @param limit of the flips, the newest ones
   */
  result(end: { readonly price: number; readonly row: number }, limit = MAX_FLIPS): Flips {
    const rows = this.#rows.slice(-limit)
    const nextOf = (i: number) => rows[i + 1] ?? end
    return {
      count: this.#count,
      times: rows.map(({ time }) => time),
      sides: rows.map(({ side }) => side),
      prices: rows.map(({ price }) => price),
      bars: rows.map(({ row }, i) => nextOf(i).row - row),
      returns: rows.map(({ price }, i) => nextOf(i).price / price - 1),
    }
  }
}
