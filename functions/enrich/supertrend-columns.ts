/**
 * The new columns, four for each Supertrend: encoded while the rows stream by, and kept as page bytes per row group until
 * their place in the file is known.
 */
import type { NewCompression } from '../parquet/compression/compress.ts'
import type { ArrowField } from '../parquet/format/arrow-ipc.ts'
import type { Indexed } from '../parquet/format/page-index.ts'
import type { ThriftValue } from '../parquet/format/thrift.ts'
import type { PlacedColumns } from '../parquet/write/added-columns.ts'
import { NEW_PAGE_ROWS, newPage } from '../parquet/write/data-page.ts'
import { NewChunk, type NumberBounds, type PlacedChunks, placeChunks } from '../parquet/write/new-chunk.ts'
import { arrowField, type NewColumn, schemaElement } from '../parquet/write/new-column.ts'
import { PageStore } from '../parquet/write/page-store.ts'
import { PendingResults, type Results } from './pending-results.ts'

/** The names that the columns of one Supertrend get in the file. */
export interface NewColumnNames {
  readonly upperBand: string
  readonly lowerBand: string
  readonly orientation: string
  readonly segment: string
}

function listedNames({ upperBand, lowerBand, orientation, segment }: NewColumnNames): string[] {
  return [upperBand, lowerBand, orientation, segment]
}

function columnsOfSet({ upperBand, lowerBand, orientation, segment }: NewColumnNames): NewColumn[] {
  return [
    { name: upperBand, type: 'FLOAT', isOptional: true },
    { name: lowerBand, type: 'FLOAT', isOptional: true },
    { name: orientation, type: 'INT8', isOptional: true },
    { name: segment, type: 'INT32', isOptional: true },
  ]
}

/** Columns of one Supertrend: two bands, the orientation, the segment. */
export const COLUMNS_PER_SET = 4

/** Accepts the results of rows. */
export interface ResultsWriter {
  /** Takes the results `from` to `to` (exclusive) of each Supertrend, which belong to the next rows of the file. */
  write(results: readonly Results[], from: number, to: number): void
  /** The rows that come now belong to the next row group. */
  endRowGroup(): void
}

export class SupertrendColumns implements PlacedColumns, ResultsWriter {
  readonly #columns: readonly NewColumn[]
  readonly #replaced: ReadonlySet<string>
  readonly #compression: NewCompression
  readonly #pending: readonly PendingResults[]
  /** Rows that wait to be encoded. */
  #rows = 0
  #group: NewChunk[]
  readonly #groups: NewChunk[][] = []
  readonly #store: PageStore
  #rowsWritten = 0

  /**
   * @param names of the columns of each Supertrend
   * @param largestGroup rows of the largest row group
   * @param replaced names of other columns that these replace
   * @param store where the pages wait
   */
  constructor(
    names: readonly NewColumnNames[],
    compression: NewCompression,
    largestGroup: number,
    replaced: readonly NewColumnNames[] = [],
    store = new PageStore(),
  ) {
    this.#columns = names.flatMap(columnsOfSet)
    this.#replaced = new Set([...names, ...replaced].flatMap(listedNames))
    this.#pending = names.map(() => new PendingResults(Math.min(NEW_PAGE_ROWS, largestGroup)))
    this.#compression = compression
    this.#store = store
    this.#group = this.#newGroup()
  }

  get rowsWritten(): number {
    return this.#rowsWritten
  }

  arrowFields(): ArrowField[] {
    return this.#columns.map(arrowField)
  }

  schemaElements(): ThriftValue[] {
    return this.#columns.map(schemaElement)
  }

  /** Whether these columns replace a column of the input with this name. */
  replaces(name: string): boolean {
    return this.#replaced.has(name)
  }

  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean {
    return this.#groups.some((group) => group[column]!.nulls > 0)
  }

  /** The smallest and the largest value of a column, NaN left out; undefined when no row has one. */
  boundsOf(column: number): NumberBounds | undefined {
    const bounds = this.#groups.flatMap((group) => group[column]!.bounds ?? [])
    if (bounds.length === 0) return undefined
    return {
      min: bounds.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY),
      max: bounds.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY),
    }
  }

  #newGroup(): NewChunk[] {
    return this.#columns.map((column) => new NewChunk(column, this.#compression, this.#store))
  }

  write(results: readonly Results[], from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + NEW_PAGE_ROWS - this.#rows)
      for (let set = 0; set < this.#pending.length; set++) this.#pending[set]!.append(results[set]!, at, end)
      this.#rows += end - at
      at = end
      if (this.#rows === NEW_PAGE_ROWS) this.#flush()
    }
  }

  endRowGroup(): void {
    this.#flush()
    this.#groups.push(this.#group)
    this.#group = this.#newGroup()
  }

  #flush(): void {
    const rows = this.#rows
    if (rows === 0) return
    for (const [set, pending] of this.#pending.entries()) {
      const first = COLUMNS_PER_SET * set
      const { upper, lower, values } = pending
      const any = orBits(upper.valid, lower.valid, pending.anyValid, rows)
      const add = (column: number, of: Float32Array | Int32Array, bounds: NumberBounds, valid: Uint8Array) =>
        this.#group[first + column]!.add(newPage(of, valid, rows, this.#compression), bounds)
      add(0, upper.line.subarray(0, upper.count), upper, upper.valid)
      add(1, lower.line.subarray(0, lower.count), lower, lower.valid)
      add(2, pending.sides.subarray(0, values), pending.sideBounds(), any)
      add(3, pending.segments.subarray(0, values), pending.segmentBounds, any)
      pending.clear()
    }
    this.#rows = 0
    this.#rowsWritten += rows
  }

  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks {
    return placeChunks(this.#groups[group]!, offset, indexed)
  }

  /** Frees the stored pages. */
  close(): void {
    this.#store.close()
  }
}

function orBits(a: Uint8Array, b: Uint8Array, out: Uint8Array, rows: number): Uint8Array {
  for (let byte = 0; byte < (rows + 7) >> 3; byte++) out[byte] = a[byte]! | b[byte]!
  return out
}
