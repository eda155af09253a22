/** Formats rows of a parquet file as text; hyparquet reads them, which knows every type. */
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { printable } from '../../functions/shared/errors.ts'

/** Significant digits that are shown: a decimal number with so many survives a conversion and some arithmetic. */
const FLOAT32_DIGITS = 7
const FLOAT64_DIGITS = 12
const MAX_CELL_LENGTH = 40

export interface ShownRows {
  readonly rows: number
  readonly columns: readonly string[]
  /** Columns that hold numbers, by position. */
  readonly numeric: ReadonlySet<number>
  /** @returns the cells of the rows `from` to `to` (exclusive), of all columns or of the given ones */
  read(from: number, to: number, columns?: readonly string[]): Promise<string[][]>
}

export async function shownRows(source: ByteSource): Promise<ShownRows> {
  const file = bufferOf(source)
  const metadata = await parquetMetadataAsync(file)
  const fields = parquetSchema(metadata).children.map(({ element }) => element)
  const columns = fields.map(({ name }) => name)
  const isFloat32 = new Set(fields.flatMap(({ name, type }) => (type === 'FLOAT' ? [name] : [])))
  const text = (name: string, value: unknown) =>
    typeof value === 'number'
      ? String(Number(value.toPrecision(isFloat32.has(name) ? FLOAT32_DIGITS : FLOAT64_DIGITS)))
      : shownCell(value)
  const numeric = fields.flatMap(({ type, logical_type, converted_type }, i) =>
    type !== undefined && type !== 'BYTE_ARRAY' && !logical_type && !converted_type ? [i] : [],
  )
  return {
    rows: Number(metadata.num_rows),
    columns,
    numeric: new Set(numeric),
    read: async (rowStart, rowEnd, wanted = columns) => {
      const options = { file, metadata, compressors, columns: [...wanted], rowStart, rowEnd }
      const rows = await parquetReadObjects(options)
      return rows.map((row) => wanted.map((name) => text(name, row[name])))
    },
  }
}

function bufferOf(source: ByteSource): AsyncBuffer {
  const { byteLength } = source
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = await source.slice(start, end)
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    },
  }
}

function shownCell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value instanceof Date) {
    const isValid = !Number.isNaN(value.getTime())
    return isValid ? value.toISOString().replace(/T00:00:00\.000Z$|\.000Z$/, '') : 'invalid time'
  }
  const isPlain = typeof value !== 'object'
  const json = () => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
  return printable(isPlain ? String(value) : json(), MAX_CELL_LENGTH)
}
