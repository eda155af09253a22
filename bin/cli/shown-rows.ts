/** Formats rows of a parquet file as text; hyparquet reads them, which knows every type. */
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetReadOptions,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { openParquet } from '../../functions/enrich/market-file.ts'
import { columnNames } from '../../functions/market/named-columns.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { printable, RefusedError } from '../../functions/shared/errors.ts'
import { memoryBudgetOf } from './market-options.ts'
import { shownCell, shownDecimal, shownNanos, shownTime } from './shown-cell.ts'

/** Significant digits that are shown: a decimal number with so many survives a conversion and some arithmetic. */
const FLOAT32_DIGITS = 7
const FLOAT64_DIGITS = 12
const MAX_DAMAGE_LENGTH = 200

export interface ShownRows {
  readonly rows: number
  readonly columns: readonly string[]
  /** Columns that hold numbers, by position. */
  readonly numeric: ReadonlySet<number>
  /** @returns the cells of the rows `from` to `to` (exclusive), of all columns or of the given ones */
  read(from: number, to: number, columns?: readonly string[]): Promise<string[][]>
}

/** @throws RefusedError when the file is no parquet file, or is damaged */
export async function shownRows(source: ByteSource): Promise<ShownRows> {
  // this program's reader refuses a damaged footer, and says what another file is
  await openParquet(source, memoryBudgetOf({}))
  const file = bufferOf(source)
  const metadata = await orRefused(file, () => parquetMetadataAsync(file))
  takeUniqueNames(metadata)
  const scales = takeScales(metadata)
  const fields = parquetSchema(metadata).children.map(({ element }) => element)
  const columns = fields.map(({ name }) => name)
  const isFloat32 = new Set(fields.flatMap(({ name, type }) => (type === 'FLOAT' ? [name] : [])))
  const isUtc = new Set(fields.filter(isUtcTime).map(({ name }) => name))
  const text = (name: string, value: unknown) => {
    const scale = scales.get(name)
    if (scale !== undefined && value !== null && value !== undefined) return shownDecimal(value as bigint, scale)
    return typeof value === 'number'
      ? String(Number(value.toPrecision(isFloat32.has(name) ? FLOAT32_DIGITS : FLOAT64_DIGITS)))
      : shownTime(shownCell(value), isUtc.has(name))
  }
  const numeric = fields.flatMap(({ type, logical_type, converted_type }, i) =>
    type !== undefined && type !== 'BYTE_ARRAY' && !logical_type && !converted_type ? [i] : [],
  )
  return {
    rows: Number(metadata.num_rows),
    columns,
    numeric: new Set(numeric),
    read: async (rowStart, rowEnd, wanted = columns) => {
      const options = { file, metadata, compressors, columns: [...wanted], rowStart, rowEnd, parsers: PARSERS }
      const rows = await orRefused(file, () => arraysOf(options))
      return rows.map((row) => wanted.map((name, i) => text(name, row[i])))
    },
  }
}

/** Rows as arrays: in an object, a column called `__proto__` would be lost. */
function arraysOf(options: Omit<ParquetReadOptions, 'onComplete' | 'rowFormat'>): Promise<unknown[][]> {
  return new Promise((onComplete, reject) => {
    parquetRead({ ...options, rowFormat: 'array', onComplete }).catch(reject)
  })
}

/** Numbers the columns that have one and the same name, because hyparquet tells columns apart by their names. */
function takeUniqueNames(metadata: FileMetaData): void {
  const fields = parquetSchema(metadata).children
  const unique = columnNames(fields.map(({ element }) => element))
  if (unique.every((name, i) => name === fields[i]!.element.name)) return
  const ofLeaves = fields.flatMap((field, i) => Array.from({ length: leafCount(field) }, () => unique[i]!))
  for (const { columns } of metadata.row_groups) {
    for (const [leaf, { meta_data }] of columns.entries()) meta_data?.path_in_schema.splice(0, 1, ofLeaves[leaf]!)
  }
  for (const [i, { element }] of fields.entries()) element.name = unique[i]!
}

function leafCount({ children }: SchemaTree): number {
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + leafCount(child), 0)
}

function isUtcTime({ logical_type, converted_type }: SchemaElement): boolean {
  if (logical_type?.type === 'TIMESTAMP') return logical_type.isAdjustedToUTC
  return converted_type === 'TIMESTAMP_MILLIS' || converted_type === 'TIMESTAMP_MICROS'
}

/** Dates have milliseconds only. */
const PARSERS = {
  timestampFromMicroseconds: (micros: bigint) => shownNanos(micros * 1000n),
  timestampFromNanoseconds: shownNanos,
}

/**
 * Makes hyparquet return decimals as they are stored: as numbers they would lose digits. Those in BYTE_ARRAY, which are rare,
 * stay numbers.
 * @returns their scales, by name
 */
function takeScales(metadata: FileMetaData): Map<string, number> {
  const scales = new Map<string, number>()
  for (const { element, children } of parquetSchema(metadata).children) {
    if (element.converted_type !== 'DECIMAL' || element.type === 'BYTE_ARRAY' || children.length > 0) continue
    scales.set(element.name, element.scale ?? 0)
    delete element.converted_type
    delete element.logical_type
  }
  return scales
}

/** @throws RefusedError for what hyparquet finds in the bytes; failures to get them stay as they are */
async function orRefused<T>(file: SourceBuffer, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RefusedError || error === file.failure) throw error
    const reason = printable(error instanceof Error ? error.message : String(error), MAX_DAMAGE_LENGTH)
    const code = /support/i.test(reason) ? 'unsupported' : 'corrupt'
    throw new RefusedError(code, `the file is damaged or cannot be read: ${reason}`, { cause: error })
  }
}

interface SourceBuffer extends AsyncBuffer {
  /** Why the last bytes could not be got. */
  failure: unknown
}

function bufferOf(source: ByteSource): SourceBuffer {
  const { byteLength } = source
  const buffer: SourceBuffer = {
    failure: undefined,
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = await source.slice(start, end).catch((error: unknown) => {
        buffer.failure = error
        throw error
      })
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    },
  }
  return buffer
}
