/** Reads the footer of a parquet file: schema, row groups and key-value metadata. */

import type { ByteSource } from '../../shared/byte-source.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { FILE_METADATA, KEY_VALUE, ROW_GROUP } from './fields.ts'
import { footerLengthIn, MAGIC } from './file-end.ts'
import { WarningCollector } from './file-warnings.ts'
import { damagedFooter, required, requiredCount } from './footer-values.ts'
import { FORMAT_BYTES, otherFormat } from './other-format.ts'
import { type Leaf, type TopField, topFields } from './schema.ts'
import { fileMetadataShape } from './shapes.ts'
import { asStruct, ThriftStruct, type ThriftValue } from './thrift.ts'
import { checkShape } from './thrift-shape.ts'

export interface Footer {
  readonly meta: ThriftStruct
  readonly root: ThriftStruct
  readonly fields: readonly TopField[]
  /** Columns that hold values: each row group has a chunk for each of them. */
  readonly leafCount: number
  readonly rows: number
  /** An encoded RowGroup struct each; `rowGroup` decodes it. */
  readonly rowGroups: readonly ThriftValue[]
  /** Rows of each row group. */
  readonly groupRows: readonly number[]
  /** Offset of the footer in the file: all pages end before it. */
  readonly start: number
  /** Memory that may be allocated for sizes and counts that the file states. */
  readonly memoryBudgetBytes: number
  /** Collects harmless faults: reading pages adds to them. */
  readonly warnings: WarningCollector
}

/** Footers of a few dozen columns fit; a longer one costs a second read. */
const TAIL_BYTES = 64 * 1024
/** Row numbers are 32-bit integers here. */
export const MAX_FILE_ROWS = 2 ** 31 - 1
/**
 * Run lengths can state any number of rows in a few bytes. Real bars need more: a flat market of one million minutes,
 * delta encoded and ZSTD compressed, has 500 rows per byte.
 */
const [MAX_ROWS_PER_BYTE, ALWAYS_READ_ROWS] = [1000, 10_000_000]

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** The footer is in memory as read, as edited and as written. */
const FOOTER_COPIES = 3
/** Memory for a schema element or a metadata pair beside its bytes. */
const ELEMENT_BYTES = 512
/** Memory for a row group with its new columns (measured 10,500 with 100,000 row groups of one row). */
const ROW_GROUP_BYTES = 10_000

/**
 * Reads and checks the footer.
 * @param memoryBudgetBytes memory that may be allocated for the footer, and later for any part of the file
 * @throws RefusedError `not-parquet`, `encrypted`, `corrupt` or `too-big`
 */
export async function readFooter(source: ByteSource, memoryBudgetBytes: number): Promise<Footer> {
  const size = source.byteLength
  if (size < 12) throw new RefusedError('not-parquet', `not a parquet file: it has ${size} bytes, the smallest has 12`)
  const tailStart = Math.max(0, size - TAIL_BYTES)
  const [head, tail] = await Promise.all([source.slice(0, 4), source.slice(tailStart, size)])
  const magic = ascii(tail.subarray(-4))
  if (magic === 'PARE' || ascii(head) === 'PARE') {
    throw new RefusedError(
      'encrypted',
      'the file has an encrypted footer; only files that are not encrypted can be read',
    )
  }
  if (magic !== MAGIC || ascii(head) !== MAGIC) {
    const begin = ascii(head) === MAGIC ? undefined : await source.slice(0, Math.min(size, FORMAT_BYTES))
    const what = (begin && otherFormat(begin, tail)) ?? 'was it cut or changed?'
    const where = magic !== MAGIC ? `ends with ${quoted(magic)}` : `starts with ${quoted(ascii(head))}`
    throw new RefusedError('not-parquet', `not a parquet file: it ${where} instead of "${MAGIC}"; ${what}`)
  }
  const length = footerLengthIn(tail)
  const start = size - 8 - length
  if (start < 4) throw damagedFooter(`its length is given as ${length} bytes, more than the file has`)
  checkFits('the footer', length * FOOTER_COPIES, memoryBudgetBytes)
  const bytes =
    start >= tailStart ? tail.slice(start - tailStart, tail.length - 8) : await source.slice(start, size - 8)
  return parseFooter(bytes, start, memoryBudgetBytes)
}

/** @param start offset of the footer in the file */
export function parseFooter(bytes: Uint8Array, start: number, memoryBudgetBytes = Number.POSITIVE_INFINITY): Footer {
  const meta = new ThriftStruct(bytes)
  const elements = [FILE_METADATA.schema, FILE_METADATA.keyValueMetadata, FILE_METADATA.columnOrders].reduce(
    (sum, id) => sum + meta.listLength(id),
    0,
  )
  const groups = meta.listLength(FILE_METADATA.rowGroups)
  const needed = bytes.length * FOOTER_COPIES + elements * ELEMENT_BYTES + groups * ROW_GROUP_BYTES
  checkFits(`the footer, with ${groups} row groups,`, needed, memoryBudgetBytes)
  if (meta.has(FILE_METADATA.encryptionAlgorithm)) {
    throw new RefusedError('encrypted', 'the file is encrypted or signed; only files that are not can be read')
  }
  const warnings = new WarningCollector()
  checkShape(bytes, fileMetadataShape, 'footer', (field) => warnings.add('field-type', field))
  const schema = required(meta.structs(FILE_METADATA.schema), 'the schema')
  const root = required(schema[0], "the schema's root")
  const rowGroups = required(meta.list(FILE_METADATA.rowGroups), 'the list of row groups')
  const groupRows = rowGroups.map((group, i) =>
    requiredCount(asStruct(group).integer(ROW_GROUP.numRows), `the number of rows of row group ${i}`),
  )
  const sum = groupRows.reduce((a, b) => a + b, 0)
  const stated = requiredCount(meta.integer(FILE_METADATA.numRows), 'the number of rows')
  // the first versions of parquet-rs stated 0 rows
  const rows = stated === 0 ? sum : stated
  if (rows > stated) warnings.add('row-count', 'the footer')
  if (rows > MAX_FILE_ROWS) {
    throw new RefusedError(
      'too-big',
      `the file has ${rows} rows; at most ${MAX_FILE_ROWS} are supported; split the file`,
    )
  }
  if (rows > ALWAYS_READ_ROWS && rows > MAX_ROWS_PER_BYTE * start) {
    const allowed = `at most ${MAX_ROWS_PER_BYTE} per byte, and always ${ALWAYS_READ_ROWS}, are read`
    throw new RefusedError('too-big', `the file states ${rows} rows in ${start} bytes; ${allowed}`)
  }
  if (sum !== rows) throw damagedFooter(`it states ${rows} rows, its row groups ${sum}`)
  const fields = topFields(schema, warnings)
  const leafCount = fields.reduce((sum, field) => sum + field.leaves.length, 0)
  return { meta, root, fields, leafCount, rows, rowGroups, groupRows, start, memoryBudgetBytes, warnings }
}

/** The footer's key-value metadata; the last of equal keys wins. */
export function keyValueMetadata(footer: Footer): Map<string, string> {
  const pairs = footer.meta.structs(FILE_METADATA.keyValueMetadata) ?? []
  return new Map(pairs.map((pair) => [pair.text(KEY_VALUE.key) ?? '', pair.text(KEY_VALUE.value) ?? '']))
}

export function leavesOf(footer: Footer): Leaf[] {
  return footer.fields.flatMap((field) => field.leaves)
}
