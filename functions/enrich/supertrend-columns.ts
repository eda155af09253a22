/**
 * The new columns, the same ones for each Supertrend: encoded while the rows stream by, and kept as page bytes per row group until
 * their place in the file is known.
 */
import type { ValueShape } from '../market/supertrend.ts'
import type { NewCompression } from '../parquet/compression/compress.ts'
import type { ArrowField } from '../parquet/format/arrow-ipc.ts'
import type { Indexed } from '../parquet/format/page-index.ts'
import type { ThriftValue } from '../parquet/format/thrift.ts'
import { nameForReaders, type PlacedColumns } from '../parquet/write/added-columns.ts'
import { NEW_PAGE_ROWS } from '../parquet/write/data-page.ts'
import { NewChunk, type NumberBounds, type PlacedChunks, placeChunks } from '../parquet/write/new-chunk.ts'
import { arrowField, type NewColumn, schemaElement } from '../parquet/write/new-column.ts'
import type { NewColumnKey } from '../shared/names.ts'
import { PageStore } from '../shared/page-store.ts'
import { DEFAULT_NEW_COLUMNS, type NewColumnNames, type NewColumnSettings, namedKeys } from './chosen-columns.ts'
import { PendingResults, type Results } from './pending-results.ts'

function columnsOfSet(names: NewColumnNames, isDouble: boolean): NewColumn[] {
  return namedKeys(names).map((key) => ({ name: names[key]!, type: columnType(key, isDouble), isOptional: true }))
}

function columnType(key: NewColumnKey, isDouble: boolean): NewColumn['type'] {
  const number = isDouble ? 'DOUBLE' : 'FLOAT'
  return (
    {
      upperBand: number,
      lowerBand: number,
      orientation: 'INT8',
      segment: 'INT32',
      atr: number,
      flip: 'BOOLEAN',
    } as const
  )[key]
}

/** The values that some columns need. */
export function shapeOf(settings: NewColumnSettings): ValueShape {
  const { double = false, newColumns = DEFAULT_NEW_COLUMNS } = settings
  return { isDouble: double, hasFurther: newColumns.includes('atr') || newColumns.includes('flip') }
}

/** Accepts the results of rows. */
export interface ResultsWriter {
  /** Takes the results `from` to `to` (exclusive) of each Supertrend, which belong to the next rows of the file. */
  write(results: readonly Results[], from: number, to: number): void
  /** The rows that come now belong to the next row group. */
  endRowGroup(): void
}

export class SupertrendColumns implements PlacedColumns, ResultsWriter {
  /** The columns of each Supertrend. */
  readonly keys: readonly NewColumnKey[]
  readonly #columns: readonly NewColumn[]
  readonly #replaced: ReadonlySet<string>
  readonly #compression: NewCompression
  readonly #pending: readonly PendingResults[]
  /** By Supertrend, of both bands in all rows. */
  readonly #lines: { min: number; max: number }[]
  /** Rows that wait to be encoded. */
  #rows = 0
  #group: NewChunk[]
  readonly #groups: NewChunk[][] = []
  readonly #store: PageStore
  #rowsWritten = 0

  /**
   * @param names of the columns of each Supertrend, the same columns for each
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
    shape: ValueShape = shapeOf({}),
  ) {
    this.keys = namedKeys(names[0]!)
    this.#columns = names.flatMap((set) => columnsOfSet(set, shape.isDouble))
    this.#replaced = new Set([...names, ...replaced].flatMap((set) => Object.values(set).map(nameForReaders)))
    this.#pending = names.map(() => new PendingResults(Math.min(NEW_PAGE_ROWS, largestGroup), shape))
    this.#lines = names.map(() => ({ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }))
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
    return this.#replaced.has(nameForReaders(name))
  }

  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean {
    return this.#groups.some((group) => group[column]!.nulls > 0)
  }

  /** The smallest and the largest value of both bands of a Supertrend, NaN left out; undefined when no row has one. */
  lineBounds(set: number): NumberBounds | undefined {
    const bounds = this.#lines[set]!
    return bounds.min > bounds.max ? undefined : bounds
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
    for (const chunk of this.#group) chunk.end()
    this.#groups.push(this.#group)
    this.#group = this.#newGroup()
  }

  #flush(): void {
    const rows = this.#rows
    if (rows === 0) return
    for (const [set, pending] of this.#pending.entries()) {
      const first = this.keys.length * set
      const { upper, lower } = pending
      const line = this.#lines[set]!
      line.min = Math.min(line.min, upper.min, lower.min)
      line.max = Math.max(line.max, upper.max, lower.max)
      const any = orBits(upper.valid, lower.valid, pending.anyValid, rows)
      for (const [i, key] of this.keys.entries()) {
        const { values, bounds, valid } = pending.pageOf(key, any)
        this.#group[first + i]!.addRows({ values, valid, rows }, bounds)
      }
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
