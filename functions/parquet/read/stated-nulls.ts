/** Compares how many nulls chunks state with those that are decoded. What is stated is believed by nothing here. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { RefusedError } from '../../shared/errors.ts'
import { bitRuns } from '../format/bits.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { COLUMN_META, STATISTICS } from '../format/fields.ts'

interface Expected {
  readonly from: number
  readonly to: number
  readonly nulls: number
  /** Of the rows that were decoded so far. */
  rows: number
  found: number
}

export class StatedNulls {
  readonly #warn: () => void
  /** Chunks of which not all rows have come, in order. */
  #chunks: Expected[] = []

  /** @param warn told of each chunk that states another number than it has */
  constructor(warn: () => void) {
    this.#warn = warn
  }

  /** @param from its first row in the file, @param to the row after its last */
  expect(chunk: ColumnChunk, from: number, to: number): void {
    const nulls = statedNulls(chunk)
    if (nulls !== undefined) this.#chunks.push({ from, to, nulls, rows: 0, found: 0 })
  }

  /** Takes rows that were decoded. Chunks of which some are passed over are not judged. */
  take({ rows, validity }: DecodedColumn, firstRow: number): void {
    if (this.#chunks.length === 0) return
    const end = firstRow + rows
    const reached = this.#chunks.filter(({ from }) => from < end)
    for (const chunk of reached) chunk.rows += overlap(chunk, firstRow, end)
    if (validity) {
      let first = 0
      // one pass over both: a piece may have very many chunks
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

/** @returns undefined when nothing is stated: some writers state -1 then */
function statedNulls({ meta }: ColumnChunk): number | undefined {
  try {
    const nulls = meta.struct(COLUMN_META.statistics)?.integer(STATISTICS.nullCount)
    return nulls !== undefined && nulls >= 0 ? nulls : undefined
  } catch (error) {
    // more than a double can hold, which nobody has
    if (error instanceof RefusedError) return Number.POSITIVE_INFINITY
    throw error
  }
}
