/** The times of a series by the place of its rows, so that a range of times is found without reading the file. */

/** With as many rows a block is about as long as a page. */
const INDEXED_ROWS = 4096
/** Enough for 67 million rows; of a longer file the blocks are longer. */
const MAX_BLOCKS = 16_384

export class TimeIndex {
  #blockRows = INDEXED_ROWS
  /** First and last time of the rows of each block; the first one is infinite where the series has no row. */
  #from: number[] = []
  #to: number[] = []

  /** @param row number in the file, ascending */
  add(row: number, time: number): void {
    while (row >= MAX_BLOCKS * this.#blockRows) this.#halve()
    const block = Math.floor(row / this.#blockRows)
    while (this.#from.length <= block) {
      this.#from.push(Number.POSITIVE_INFINITY)
      this.#to.push(Number.NEGATIVE_INFINITY)
    }
    if (time < this.#from[block]!) this.#from[block] = time
    if (time > this.#to[block]!) this.#to[block] = time
  }

  /** Whether any of the rows `firstRow` to `end` (exclusive) may have a time in the range, whose ends belong to it. */
  mayHave(firstRow: number, end: number, range: { readonly from: number; readonly to: number }): boolean {
    const last = Math.min(this.#from.length - 1, Math.floor((end - 1) / this.#blockRows))
    for (let block = Math.max(0, Math.floor(firstRow / this.#blockRows)); block <= last; block++) {
      if (this.#from[block]! <= range.to && this.#to[block]! >= range.from) return true
    }
    return false
  }

  #halve(): void {
    const pairs = (values: readonly number[], combine: (a: number, b: number) => number) =>
      values.filter((_, i) => i % 2 === 0).map((value, i) => combine(value, values[2 * i + 1] ?? value))
    this.#from = pairs(this.#from, Math.min)
    this.#to = pairs(this.#to, Math.max)
    this.#blockRows *= 2
  }
}
