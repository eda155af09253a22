/**
 * Compares the nulls that chunks state with those that are decoded, for a warning. Nothing here relies on stated nulls.
 */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { RefusedError } from '../../shared/errors.ts'
import { bitRuns } from '../format/bits.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { COLUMN_META, STATISTICS } from '../format/fields.ts'

interface Expected {
  readonly from: number
  readonly to: number
  readonly nulls: number
  /** Rows and nulls that were decoded so far. */
  rows: number
  found: number
}

export class StatedNulls {
  readonly #warn: () => void
  /** Chunks with rows still to come, in order. */
  #chunks: Expected[] = []

  /** @param warn called for each chunk that states a wrong number */
  constructor(warn: () => void) {
    this.#warn = warn
  }

  /**
   * @param from its first row in the file
   * @param to the row after its last one
   */
  expect(chunk: ColumnChunk, from: number, to: number): void {
    const nulls = statedNulls(chunk)
    if (nulls !== undefined) this.#chunks.push({ from, to, nulls, rows: 0, found: 0 })
  }

  /** Takes decoded rows. Chunks with skipped rows are not compared. */
  take({ rows, validity }: DecodedColumn, firstRow: number): void {
    if (this.#chunks.length === 0) return
    const end = firstRow + rows
    const reached = this.#chunks.filter(({ from }) => from < end)
    for (const chunk of reached) chunk.rows += overlap(chunk, firstRow, end)
    if (validity) {
      let first = 0
      // one pass over both, because a piece may have rows of very many chunks
      bitRuns(validity, rows, (isSet, start, stop) => {
        if (isSet) return
        const [from, to] = [firstRow + start, firstRow + stop]
        while (first < reached.length && reached[first]!.to <= from) first++
        for (let i = first; i < reached.length && reached[i]!.from < to; i++) {
          reached[i]!.found += overlap(reached[i]!, from, to)
        }
      })
    }
    for (const chunk of reached) {
      if (chunk.rows === chunk.to - chunk.from && chunk.found !== chunk.nulls) this.#warn()
    }
    this.#chunks = this.#chunks.filter(({ to }) => to > end)
  }
}

function overlap(chunk: Expected, from: number, to: number): number {
  return Math.max(0, Math.min(to, chunk.to) - Math.max(from, chunk.from))
}

/** @returns undefined when no number is stated, or -1, which some writers write instead */
function statedNulls({ meta }: ColumnChunk): number | undefined {
  try {
    const nulls = meta.struct(COLUMN_META.statistics)?.integer(STATISTICS.nullCount)
    return nulls !== undefined && nulls >= 0 ? nulls : undefined
  } catch (error) {
    // a number that a double cannot hold, more nulls than any file has
    if (error instanceof RefusedError) return Number.POSITIVE_INFINITY
    throw error
  }
}
