/**
 * Recognises bars whose numbers count as no prices: all of them 0, with which some vendors fill minutes without a trade, or
 * the largest or smallest integer, which Databento writes for an undefined price.
 */
import { priceReader, undefinedPrices } from '../market/prices.ts'
import { ALL_ZERO, UNDEFINED } from '../market/quality/without-price.ts'
import { readColumn } from '../parquet/read/column-reader.ts'
import type { Bars } from './bars.ts'
import { leafOf, type MarketFile } from './market-file.ts'
import type { EnrichSettings } from './settings.ts'

/** Yields the same bars with `reasons`, and replaces numbers that count as no prices by NaN, in place. */
export async function* pricedBars(
  pieces: AsyncIterable<Bars>,
  file: MarketFile,
  zeroPrices: EnrichSettings['zeroPrices'],
): AsyncGenerator<Bars> {
  const { high, low, close, open } = file.columns
  const limits = [high, low, close].map((column) => undefinedPrices(file.descriptions[column]!))
  const opens = open === undefined ? undefined : new OpenPrices(file, open)
  const hasLimits = limits.some((of) => of.length > 0) || opens?.hasLimits === true
  let scratch = new Uint8Array(0)
  try {
    for await (const bars of pieces) {
      const marks: (readonly [reason: number, rows: readonly number[]])[] = []
      const zeros = zeroPrices === 'missing' ? rowsOfZeros(bars) : []
      const ofOpen = opens && (await opens.look(bars.firstRow, bars.rows, zeros))
      if (hasLimits) marks.push([UNDEFINED, [...rowsWithLimits(bars, limits), ...(ofOpen?.limits ?? [])]])
      marks.push([ALL_ZERO, ofOpen?.zeros ?? zeros])
      if (marks.every(([, rows]) => rows.length === 0)) {
        yield bars
        continue
      }
      if (scratch.length < bars.rows) scratch = new Uint8Array(bars.rows)
      const reasons = scratch.subarray(0, bars.rows).fill(0)
      for (const [reason, rows] of marks) {
        for (const row of rows) {
          reasons[row] = reason
          for (const values of [bars.high, bars.low, bars.close]) values[row] = Number.NaN
        }
      }
      yield { ...bars, reasons }
    }
  } finally {
    await opens?.close()
  }
}

/** Rows of a piece with the limit of its type as one of the prices. */
function rowsWithLimits({ high, low, close }: Bars, limits: readonly (readonly number[])[]): number[] {
  const found = new Set<number>()
  for (const [i, values] of [high, low, close].entries()) {
    for (const limit of limits[i]!) {
      for (let row = values.indexOf(limit); row >= 0; row = values.indexOf(limit, row + 1)) found.add(row)
    }
  }
  return [...found]
}

/** Rows of a piece with a high, low and close of 0. */
function rowsOfZeros({ high, low, close, rows }: Bars): number[] {
  const found: number[] = []
  const first = close.indexOf(0)
  for (let row = first < 0 ? rows : first; row < rows; row++) {
    if (close[row] === 0 && high[row] === 0 && low[row] === 0) found.push(row)
  }
  return found
}

/**
 * The open prices. Nothing is computed from them. They are read for bars whose other prices are 0, and only from the first
 * such bar on, so that files without one pay nothing. All are read only if their type has undefined prices.
 */
class OpenPrices {
  readonly #limits: readonly number[]
  readonly #pieces: AsyncGenerator<number>
  /** Pages that end before this row are not decoded. */
  #wanted = 0
  #values = new Float64Array(0)
  #firstRow = 0
  #rows = 0

  constructor(file: MarketFile, column: number) {
    const description = file.descriptions[column]!
    const read = priceReader(description)
    this.#limits = undefinedPrices(description)
    this.#pieces = readColumn(
      file.source,
      file.footer,
      leafOf(file, column),
      (raw, firstRow) => {
        if (this.#rows === 0) this.#firstRow = firstRow
        const needed = this.#rows + raw.rows
        if (this.#values.length < needed) {
          const roomy = new Float64Array(needed)
          roomy.set(this.#values.subarray(0, this.#rows))
          this.#values = roomy
        }
        read(raw, this.#values, this.#rows, firstRow)
        this.#rows = needed
      },
      { needs: (_, to) => to > this.#wanted },
    )
  }

  get hasLimits(): boolean {
    return this.#limits.length > 0
  }

  /**
   * Finds the rows whose open is a limit of its type, and those of `zeros` whose open is 0 or missing.
   * @param firstRow not before the rows of the previous call
   * @param zeros ascending, counted from `firstRow`, like the result
   */
  async look(firstRow: number, rows: number, zeros: readonly number[]) {
    const found = { limits: [] as number[], zeros: [] as number[] }
    let next = 0
    let row = 0
    while (row < rows) {
      if (!this.hasLimits) {
        if (next === zeros.length) break
        row = zeros[next]!
      }
      this.#wanted = firstRow + row
      while (firstRow + row >= this.#firstRow + this.#rows) await this.#read()
      const end = Math.min(rows, this.#firstRow + this.#rows - firstRow)
      const values = this.#values.subarray(firstRow + row - this.#firstRow, firstRow + end - this.#firstRow)
      for (const limit of this.#limits) {
        for (let i = values.indexOf(limit); i >= 0; i = values.indexOf(limit, i + 1)) found.limits.push(row + i)
      }
      for (; next < zeros.length && zeros[next]! < end; next++) {
        const open = values[zeros[next]! - row]!
        if (open === 0 || !Number.isFinite(open)) found.zeros.push(zeros[next]!)
      }
      row = end
    }
    return found
  }

  async #read(): Promise<void> {
    this.#rows = 0
    const { done } = await this.#pieces.next()
    if (done) throw new Error('the open prices ended before the rows that the footer states')
  }

  async close(): Promise<void> {
    await this.#pieces.return(0)
  }
}
