/** One column on its way into memory, piece by piece; several lanes side by side are advanced together. */
import { type Times, timesIn } from '../market/times/time.ts'
import { readColumn } from '../parquet/read/column-reader.ts'
import type { DecodedColumn } from '../shared/decoded-column.ts'
import { keptMemory } from '../shared/kept-memory.ts'
import { leafOf, type MarketFile } from './market-file.ts'

/** A column that is being read: `rows` of it from `firstRow` on are decoded, and those before `position` are used. */
export interface Lane<T> {
  values: T
  firstRow: number
  rows: number
  position: number
  readonly pieces: AsyncGenerator<number>
}

/** The common methods of typed arrays and `TimeArray`. */
export interface LaneValues<T> {
  readonly length: number
  subarray(from: number, to: number): T
  set(values: T): void
}

export function laneOf<T extends LaneValues<T>>(
  file: MarketFile,
  column: number,
  allocate: (rows: number) => T,
  read: (raw: DecodedColumn, out: T, at: number, firstRow: number) => void,
  needs?: NeededRows,
): Lane<T> {
  const use = (raw: DecodedColumn, firstRow: number) => {
    if (self.rows === 0) self.firstRow = firstRow
    const needed = self.rows + raw.rows
    if (self.values.length < needed) {
      const roomy = allocate(needed)
      roomy.set(self.values.subarray(0, self.rows))
      self.values = roomy
    }
    // a page may have a million rows, and only those near the needed ones are looked at
    if (!needs || needs(firstRow - BESIDE_ROWS, firstRow + raw.rows + BESIDE_ROWS)) {
      read(raw, self.values, self.rows, firstRow)
    }
    self.rows = needed
  }
  const self: Lane<T> = {
    values: allocate(0),
    firstRow: 0,
    rows: 0,
    position: 0,
    pieces: readColumn(file.source, file.footer, leafOf(file, column), use, needs && { needs }),
  }
  return self
}

/** Rows beside needed ones that have their values as well; more than a block. */
const BESIDE_ROWS = 4096

/** Whether any of the rows `from` to `to` (exclusive) is needed; both may lie beyond the file. */
export type NeededRows = (from: number, to: number) => boolean

/** Decodes the next piece, when all rows are used. @returns false when there is none */
export async function refill(lane: Lane<unknown>): Promise<boolean> {
  lane.rows = 0
  lane.position = 0
  const { done } = await lane.pieces.next()
  return !done
}

/** `Times` with the methods of an array. */
export interface TimeArray extends LaneValues<TimeArray> {
  readonly times: Times
}

export function timeArray(rows: number): TimeArray {
  return wrapTimes(timesIn(keptMemory(8 * rows), rows))
}

function wrapTimes(times: Times): TimeArray {
  return {
    times,
    length: times.values.length,
    subarray: (from, to) =>
      wrapTimes({ values: times.values.subarray(from, to), words: times.words.subarray(2 * from, 2 * to) }),
    set: (other) => times.values.set(other.times.values),
  }
}
