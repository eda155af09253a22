/** Where in a whole file the rows lie that a part of it has, which a column of the part says. */

import { quoted, RefusedError } from '../../shared/errors.ts'
import { columnChunk, rowGroup } from '../format/column-chunk.ts'
import { type Leaf, pathOf } from '../format/schema.ts'
import { type ReadBuffers, readBuffers } from '../read/chunk-pages.ts'
import { ChunkRows, type OpenFile } from './chunk-rows.ts'

/** No file that is read here has more rows. */
const MAX_ROWS = 2 ** 31

/** How many rows come from one of two parts, then from the other, and so on in turn. */
export type Runs = Uint32Array<ArrayBuffer>

/** Of a part's row group. */
interface Place {
  readonly first: number
  /** The row after the last. */
  readonly end: number
  readonly rows: number
  /** Begins and ends with the part's own rows. */
  readonly runs: Runs
}

export function misfit(what: string): RefusedError {
  return new RefusedError(
    'not-enriched',
    `the two files do not fit each other: ${what}; give both as they were written, by one run`,
  )
}

/** Goes through the row groups of a part. */
export class RowPlaces {
  readonly #part: OpenFile
  readonly #column: Leaf
  readonly #buffers: ReadBuffers
  #group = 0
  #next: Place | undefined

  /** @param column INT64, required: the whole file's number of each row, ascending */
  constructor(part: OpenFile, column: Leaf) {
    this.#part = part
    this.#column = column
    this.#buffers = readBuffers(part.footer)
  }

  /**
   * What the part's next row group has of the whole file's rows from `from` to `to` (exclusive).
   * @returns rows of the other part and of this one in turn, and how many are of this one: none if they come later
   * @throws RefusedError `not-enriched` when it has rows of several ranges, `corrupt` when they are not ascending
   */
  async in(from: number, to: number): Promise<{ runs: Runs; rows: number }> {
    this.#next ??= await this.#read()
    const next = this.#next
    if (!next || next.first >= to) return { runs: Uint32Array.of(to - from), rows: 0 }
    if (next.first < from || next.end > to) {
      throw misfit(`rows ${next.first} to ${next.end - 1} lie in one row group, rows ${from} to ${to - 1} in another`)
    }
    this.#next = undefined
    const runs = new Uint32Array(next.runs.length + 2)
    runs[0] = next.first - from
    runs.set(next.runs, 1)
    runs[runs.length - 1] = to - next.end
    return { runs, rows: next.rows }
  }

  /** @returns undefined after the last row group */
  async #read(): Promise<Place | undefined> {
    const { footer } = this.#part
    while (footer.groupRows[this.#group] === 0) this.#group++
    const rows = footer.groupRows[this.#group]
    if (rows === undefined) return undefined
    const [leaf, buffers] = [this.#column, this.#buffers]
    const chunk = columnChunk(footer, rowGroup(footer, this.#group++), leaf)
    const numbers = new ChunkRows({ ...this.#part, leaf, chunk, rows, buffers })
    const runs = new GrowingRuns()
    let first: number | undefined
    let previous = -1
    try {
      while (await numbers.next()) {
        const { values } = numbers.piece!
        const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
        for (let at = 0; at < values.length; at += 8) {
          const row = Number(view.getBigInt64(at, true))
          if (row <= previous || row >= MAX_ROWS) throw misplaced(leaf, row, previous)
          runs.add(first === undefined ? 0 : row - previous - 1)
          first ??= row
          previous = row
        }
      }
    } finally {
      await numbers.close()
    }
    return { first: first!, end: previous + 1, rows, runs: runs.all() }
  }
}

function misplaced(leaf: Leaf, row: number, previous: number): RefusedError {
  const after = previous < 0 ? 'first' : `after row ${previous}`
  return new RefusedError('corrupt', `the file is damaged: column ${quoted(pathOf(leaf))} has row ${row} ${after}`)
}

/** Four bytes a run: there may be one for each row. */
class GrowingRuns {
  #runs = new Uint32Array(64)
  #count = 0

  /** One more row of the part. @param gap rows of the other part before it */
  add(gap: number): void {
    if (gap === 0 && this.#count > 0) {
      this.#runs[this.#count - 1]!++
      return
    }
    if (this.#count + 2 > this.#runs.length) {
      const roomy = new Uint32Array(2 * this.#runs.length)
      roomy.set(this.#runs)
      this.#runs = roomy
    }
    if (this.#count > 0) this.#runs[this.#count++] = gap
    this.#runs[this.#count++] = 1
  }

  all(): Runs {
    return this.#runs.subarray(0, this.#count)
  }
}
