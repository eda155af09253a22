/**
 * The public interface to append columns of one's own, which is kept stable:
 * `import { appendColumns } from 'parquet-supertrend/append'`.
 */
import { prepareZstd } from './parquet/compression/zstd.ts'
import { columnChunk, rowGroup } from './parquet/format/column-chunk.ts'
import { type Footer, leavesOf, readFooter } from './parquet/format/footer.ts'
import { nameForReaders } from './parquet/write/added-columns.ts'
import { appendPlaced } from './parquet/write/append.ts'
import { type CheckedColumn, GivenColumns } from './parquet/write/given-columns.ts'
import { COLUMN_TYPES, checkValues, typeOf } from './parquet/write/given-values.ts'
import { type ByteSource, wholeOutput } from './shared/byte-source.ts'
import { quoted, RefusedError } from './shared/errors.ts'
import type { ColumnCodec, ColumnType, GivenValues } from './shared/given-column.ts'
import { givenSource } from './shared/given-source.ts'
import { DEFAULT_MEMORY_BYTES } from './shared/memory-budget.ts'

export type { ByteSource, Room } from './shared/byte-source.ts'
export { REFUSAL_CODES, type RefusalCode, RefusedError } from './shared/errors.ts'
export type { ColumnCodec, ColumnType, GivenValues } from './shared/given-column.ts'

/** A column that the file gains. */
export interface AppendedColumn {
  /** Its name in the schema. */
  readonly name: string
  /**
   * A value for each row, in the order of the file. In arrays that are not typed, null and undefined are nulls. They are not
   * copied, so they must not change until the bytes of the output are read.
   */
  readonly values: GivenValues
  /** Needed for arrays that are not typed. */
  readonly type?: ColumnType
}

const COLUMN_PROPERTIES: readonly string[] = ['name', 'values', 'type'] satisfies (keyof AppendedColumn)[]
const CODECS: readonly ColumnCodec[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW']

/** Options of {@link appendColumns}. All are optional. */
export interface AppendOptions {
  /** Compression of the new columns. Default: that of the first column if it is ZSTD, GZIP or LZ4_RAW, else SNAPPY. */
  readonly codec?: ColumnCodec
  /** Whether new columns replace all of the same name, in upper or lower case. Default: false, which refuses such names. */
  readonly replace?: boolean
  /** Memory for the footer, in bytes. A file that needs more is refused. Default: 512 MiB. */
  readonly memoryBudgetBytes?: number
}

/** A file with appended columns. Its bytes are made while they are read. */
export interface AppendedParquet {
  /** Yields the whole file: the bytes of the input, then those of `newBytes`. */
  bytes(): AsyncIterable<Uint8Array>
  /** Yields the part that follows the input, for callers that append it to the file or copy the input themselves. */
  newBytes(): AsyncIterable<Uint8Array>
}

/**
 * Appends columns to a parquet file without rewriting it: the output begins with all bytes of the input, and the pages of the
 * new columns and a new footer follow. The columns are optional (they may have nulls) and come last.
 *
 * @param input the bytes of the file, or an object that reads them at any offset
 * @param columns with as many values each as the file has rows
 * @throws RefusedError `settings` if a column or an option is refused, another code if the file cannot be read
 * @throws TypeError if the input is no file, such as the name of one
 */
export async function appendColumns(
  input: ByteSource | Uint8Array,
  columns: readonly AppendedColumn[],
  options: AppendOptions = {},
): Promise<AppendedParquet> {
  const source = givenSource(input, 'the input')
  checkOptions(options)
  const footer = await readFooter(source, options.memoryBudgetBytes ?? DEFAULT_MEMORY_BYTES)
  const checked = checkedColumns(columns, footer, options.replace ?? false)
  const codec = options.codec ?? codecOf(footer)
  await prepareZstd(footer, codec)
  const writer = new GivenColumns(checked, footer.groupRows, codec)
  const newBytes = async function* () {
    yield* appendPlaced(footer, source.byteLength, writer)
  }
  return { newBytes, bytes: () => wholeOutput(source, { layout: 'appended', bytes: newBytes }) }
}

function checkOptions(options: AppendOptions): void {
  if (!hasProperties(options)) throw refusedOption(`the options are ${String(options)}; allowed is an object`)
  const { codec, replace, memoryBudgetBytes, ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw refusedOption(`there is no option ${unknown}; allowed are codec, replace, memoryBudgetBytes`)
  }
  if (codec !== undefined && !CODECS.includes(codec)) {
    throw refusedOption(`codec is ${quoted(String(codec))}; allowed are ${CODECS.join(', ')}`)
  }
  if (replace !== undefined && typeof replace !== 'boolean') {
    throw refusedOption(`replace is ${quoted(String(replace))}; allowed are true and false`)
  }
  if (memoryBudgetBytes !== undefined && !(memoryBudgetBytes >= 1)) {
    throw refusedOption(`memoryBudgetBytes is ${memoryBudgetBytes}; allowed is a number of bytes from 1 up`)
  }
}

function checkedColumns(columns: readonly AppendedColumn[], footer: Footer, mayReplace: boolean): CheckedColumn[] {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw refusedOption(
      'there are no columns; allowed is a list such as [{ name: "mean", values: new Float64Array(3) }]',
    )
  }
  const given = new Set<string>()
  return columns.map((column: AppendedColumn) => {
    checkProperties(column)
    const { name, values, type = typeOf(values ?? []) } = column
    checkName(name, given)
    given.add(nameForReaders(name))
    checkNotTaken(name, footer, mayReplace)
    if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && 'length' in values)) {
      throw refusedOption(`column ${quoted(name)} has no values; allowed is an array`)
    }
    if (type === undefined || !Object.hasOwn(COLUMN_TYPES, type)) {
      const found = type === undefined ? 'no type' : `the type ${quoted(String(type))}`
      throw refusedOption(`column ${quoted(name)} has ${found}; allowed are ${Object.keys(COLUMN_TYPES).join(', ')}`)
    }
    if (values.length !== footer.rows) {
      throw refusedOption(
        `column ${quoted(name)} has ${values.length} values; the file has ${footer.rows} rows, and each needs one (null for none)`,
      )
    }
    checkValues(name, values, type)
    return { name, type, values }
  })
}

function checkProperties(column: unknown): void {
  if (!hasProperties(column))
    throw refusedOption(`a column is ${String(column)}; allowed are ${COLUMN_PROPERTIES.join(', ')}`)
  const unknown = Object.keys(column).find((property) => !COLUMN_PROPERTIES.includes(property))
  if (unknown === undefined) return
  throw refusedOption(`a column has the property ${quoted(unknown)}; allowed are ${COLUMN_PROPERTIES.join(', ')}`)
}

/** @param given the names of the other columns, as readers compare them */
function checkName(name: unknown, given: ReadonlySet<string>): asserts name is string {
  // a lone half of a character has no UTF-8, and some readers end a name at the byte 0
  if (typeof name !== 'string' || name === '' || name.includes('\0') || !name.isWellFormed()) {
    throw refusedOption(`a column has the name ${quoted(String(name))}; allowed is text`)
  }
  if (!given.has(nameForReaders(name))) return
  throw refusedOption(
    `two columns have the name ${quoted(name)}; allowed are names that differ in more than their case`,
  )
}

function checkNotTaken(name: string, { fields }: Footer, mayReplace: boolean): void {
  if (mayReplace) return
  const existing = fields.find((field) => nameForReaders(field.name) === nameForReaders(name))?.name
  if (existing === undefined) return
  const reason = existing === name ? '' : `, and readers do not tell the case apart`
  throw refusedOption(
    `the file has a column ${quoted(existing)}${reason}; give the new one another name, or set replace: true`,
  )
}

function hasProperties(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function refusedOption(message: string): RefusedError {
  return new RefusedError('settings', message)
}

/** A reader of the input can read the output too. */
function codecOf(footer: Footer): ColumnCodec {
  const [first] = leavesOf(footer)
  if (footer.rowGroups.length === 0 || !first) return 'SNAPPY'
  const { compression } = columnChunk(footer, rowGroup(footer, 0), first)
  return compression === 'ZSTD' || compression === 'GZIP' || compression === 'LZ4_RAW' ? compression : 'SNAPPY'
}
