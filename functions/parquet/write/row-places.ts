/** The places of a subset's rows in the whole file, which a column of the subset states. */

import { quoted, RefusedError } from '../../shared/errors.ts'
import { columnChunk, rowGroup } from '../format/column-chunk.ts'
import { MAX_FILE_ROWS } from '../format/footer.ts'
import { type Leaf, pathOf } from '../format/schema.ts'
import { type ReadBuffers, readBuffers } from '../read/chunk-pages.ts'
import { ChunkRows, type OpenFile } from './chunk-rows.ts'

/** Lengths of runs of rows that come from one subset and from the other in turn. */
export type Runs = Uint32Array<ArrayBuffer>

/** The place of one row group of the subset. */
interface SubsetPlace {
  readonly first: number
  /** The row after the last one. */
  readonly end: number
  readonly rows: number
  /** Begins and ends with a run of the subset's own rows. */
  readonly runs: Runs
}

export function misfit(what: string): RefusedError {
  return new RefusedError(
    'not-enriched',
    `the two files do not fit each other: ${what}; give both as one call of enrich wrote them`,
  )
}

/** Walks over the row groups of a subset. */
export class RowPlaces {
  readonly #subset: OpenFile
  readonly #column: Leaf
  readonly #buffers: ReadBuffers
  #group = 0
  #next: SubsetPlace | undefined

  /** @param column INT64, required: the number of each row in the whole file, ascending */
  constructor(subset: OpenFile, column: Leaf) {
    this.#subset = subset
    this.#column = column
    this.#buffers = readBuffers(subset.footer)
  }

  /**
   * The rows of the subset's next row group among the rows `from` to `to` (exclusive) of the whole file.
   * @returns runs of the other subset's rows and of this one's in turn, and how many rows are of this one: 0 if its
   * next rows come later
   * @throws RefusedError `not-enriched` when the row group has rows outside of the range, `corrupt` when they are not
   * ascending
   */
  async in(from: number, to: number): Promise<{ runs: Runs; rows: number }> {
    this.#next ??= await this.#read()
    const next = this.#next
    if (!next || next.first >= to) return { runs: Uint32Array.of(to - from), rows: 0 }
    if (next.first < from || next.end > to) {
      throw misfit(`rows ${next.first} to ${next.end - 1} are in one row group, rows ${from} to ${to - 1} in another`)
    }
    this.#next = undefined
    const runs = new Uint32Array(next.runs.length + 2)
    runs[0] = next.first - from
    runs.set(next.runs, 1)
    runs[runs.length - 1] = to - next.end
    return { runs, rows: next.rows }
  }

  /** @returns undefined after the last row group */
  async #read(): Promise<SubsetPlace | undefined> {
    const { footer } = this.#subset
    while (footer.groupRows[this.#group] === 0) this.#group++
    const rows = footer.groupRows[this.#group]
    if (rows === undefined) return undefined
    const [leaf, buffers] = [this.#column, this.#buffers]
    const chunk = columnChunk(footer, rowGroup(footer, this.#group++), leaf)
    const numbers = new ChunkRows({ ...this.#subset, leaf, chunk, rows, buffers })
    const runs = new GrowingRuns()
    let first: number | undefined
    let previous = -1
    try {
      while (await numbers.next()) {
        const { values } = numbers.piece!
        const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
        for (let at = 0; at < values.length; at += 8) {
          const row = Number(view.getBigInt64(at, true))
          if (row <= previous || row >= MAX_FILE_ROWS) throw misplaced(leaf, row, previous)
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

/** Runs in four bytes each: there may be as many as rows. */
class GrowingRuns {
  #runs = new Uint32Array(64)
  #count = 0

  /** Adds a row of the subset. @param gap rows of the other subset before it */
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
