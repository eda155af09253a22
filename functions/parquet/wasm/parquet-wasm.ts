/**
 * The only file that calls parquet-wasm: parquet bytes to Arrow buffers and back, both synchronous.
 *
 * Decoded columns are read from wasm memory over Arrow's C data interface, without a copy. Rows to encode go in as
 * Arrow IPC, the only way that parquet-wasm offers. Struct layout:
 * https://arrow.apache.org/docs/format/CDataInterface.html
 */

import {
  EnabledStatistics,
  Encoding,
  type RecordBatch,
  readParquet,
  Table,
  Compression as WasmCompression,
  WriterPropertiesBuilder,
  WriterVersion,
  wasmMemory,
  writeParquet,
} from 'parquet-wasm/esm'
import type { DecodedColumn, NestedColumn } from '../../shared/decoded-column.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { Compression } from '../format/enumerations.ts'
import type { ValueWidth } from '../format/schema.ts'
import { isTrap, wasmInstance } from './wasm-instance.ts'

const NO_LIMIT = 2 ** 31 - 1
/**
 * Decodes a parquet file of one column with one value per row. `use` gets the batches in order, as views of wasm
 * memory.
 * @param depth of the values: 1 at the top level, one more for each struct around them
 * @throws RefusedError `corrupt` when parquet-wasm cannot read the file
 */
export function decodeColumn(
  file: Uint8Array,
  depth: number,
  width: ValueWidth,
  use: (column: DecodedColumn) => void,
): void {
  trapsReplaced(() => {
    const table = decode(file)
    try {
      for (let i = 0; i < table.numBatches; i++) {
        const batch = table.recordBatch(i)
        if (!batch) continue
        const ffi = batch.intoFFI()
        try {
          use(columnAt(ffi.arrayAddr(), depth, width))
        } finally {
          ffi.free()
        }
      }
    } finally {
      table.free()
    }
  })
}

function decode(file: Uint8Array): Table {
  wasmInstance.start()
  try {
    return readParquet(file, { batchSize: NO_LIMIT })
  } catch (error) {
    if (isTrap(error)) throw error
    throw undecodablePage(errorText(error), error)
  }
}

/**
 * Replaces the instance when `action` traps. `action` must have freed everything that it got from parquet-wasm when it ends.
 */
function trapsReplaced<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!isTrap(error)) throw error
    wasmInstance.replace()
    const limitMiB = Math.floor(wasmInstance.limitBytes / 2 ** 20)
    throw undecodablePage(`it contradicts its header, or takes more than the ${limitMiB} MiB allowed`, error)
  }
}

function undecodablePage(what: string, cause: unknown): RefusedError {
  return new RefusedError('corrupt', `the file is damaged: a page cannot be decoded (${what})`, { cause })
}

function errorText(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 120)
}

/** Reads an `ArrowArray` of structs with one child each, down to the values. */
function columnAt(address: number, depth: number, width: ValueWidth): DecodedColumn {
  const { buffer } = wasmMemory()
  const view = new DataView(buffer)
  const rows = view.getUint32(address, true)
  let array = address
  const pointer = (index: number) => view.getUint32(view.getUint32(array + 40, true) + 4 * index, true)
  let validity: Uint8Array | undefined
  for (let level = 0; level < depth; level++) {
    array = view.getUint32(view.getUint32(array + 44, true), true)
    if (view.getUint32(array + 16, true) !== 0) throw new Error('parquet-wasm returned an array with an offset')
    const hasNulls = view.getUint32(array + 8, true) !== 0 && pointer(0) !== 0
    // it is made from the levels, so it includes the nulls of the structs around it
    if (hasNulls) validity = new Uint8Array(buffer, pointer(0), (rows + 7) >> 3)
  }
  if (width === 'bytes') {
    const offsets = rows > 0 ? new Int32Array(buffer, pointer(1), rows + 1) : new Int32Array(1)
    return { rows, validity, offsets, values: new Uint8Array(buffer, pointer(2), offsets[rows]!) }
  }
  const length = width === 0 ? (rows + 7) >> 3 : rows * width
  return { rows, validity, offsets: undefined, values: new Uint8Array(buffer, rows > 0 ? pointer(1) : 0, length) }
}

const WASM_COMPRESSIONS: Partial<Record<Compression, WasmCompression>> = {
  UNCOMPRESSED: WasmCompression.UNCOMPRESSED,
  SNAPPY: WasmCompression.SNAPPY,
  GZIP: WasmCompression.GZIP,
  BROTLI: WasmCompression.BROTLI,
  LZ4: WasmCompression.LZ4,
  ZSTD: WasmCompression.ZSTD,
  LZ4_RAW: WasmCompression.LZ4_RAW,
}

/**
 * @param what the subject of the message
 * @throws RefusedError `unsupported` when pages with this compression cannot be read and written
 */
export function checkCompression(compression: Compression, what: string): void {
  if (WASM_COMPRESSIONS[compression] !== undefined) return
  throw new RefusedError(
    'unsupported',
    `${what} is compressed with ${compression}; allowed are ${Object.keys(WASM_COMPRESSIONS).join(', ')}; write the file with one of them`,
  )
}

/**
 * Encodes an Arrow IPC stream as a parquet file of one row group: PLAIN pages, no dictionary, statistics per chunk.
 * @param pageVersion 1 or 2: DATA_PAGE or DATA_PAGE_V2
 */
export function encode(ipcStream: Uint8Array, compression: Compression, pageVersion: 1 | 2): Uint8Array {
  wasmInstance.start()
  checkCompression(compression, 'the output')
  const wasmCompression = WASM_COMPRESSIONS[compression]!
  return trapsReplaced(() => {
    const table = Table.fromIPCStream(ipcStream)
    const properties = new WriterPropertiesBuilder()
      .setWriterVersion(pageVersion === 2 ? WriterVersion.V2 : WriterVersion.V1)
      .setCompression(wasmCompression)
      .setDictionaryEnabled(false)
      .setEncoding(Encoding.PLAIN)
      .setStatisticsEnabled(EnabledStatistics.Chunk)
      .setMaxRowGroupSize(NO_LIMIT)
      .build()
    return writeParquet(table, properties)
  })
}

/**
 * Decodes a parquet file of one column of any shape.
 * @param rows rows of the file
 * @param kept row ranges, ascending and disjoint
 * @param label name of the column in messages
 * @returns an Arrow IPC stream for each range
 */
export function decodeRowsAsIpc(
  file: Uint8Array,
  rows: number,
  kept: Iterable<readonly [start: number, end: number]>,
  label: string,
): Uint8Array[] {
  return trapsReplaced(() => {
    const table = decode(file)
    let batch: RecordBatch | undefined
    try {
      batch = onlyBatch(table, rows, label)
      const streams: Uint8Array[] = []
      for (const [start, end] of kept) streams.push(batch.slice(start, end - start).intoIPCStream())
      return streams
    } finally {
      batch?.free()
      table.free()
    }
  })
}

function onlyBatch(table: Table, rows: number, label: string): RecordBatch {
  const batch = table.recordBatch(0)
  // a second batch begins after the stated rows
  if (batch && table.numBatches === 1 && batch.numRows === rows) return batch
  const found = table.numBatches > 1 ? `more than ${rows} rows` : `${batch?.numRows ?? 0} rows instead of ${rows}`
  batch?.free()
  throw new RefusedError('corrupt', `the file is damaged: ${label}: its pages hold ${found}`)
}

/**
 * Decodes a parquet file of one column of any shape.
 * @param rows rows of the file
 * @param label name of the column in messages
 * @param use gets views of wasm memory
 */
export function decodeNested(
  file: Uint8Array,
  rows: number,
  width: ValueWidth,
  label: string,
  use: (column: NestedColumn) => void,
): void {
  trapsReplaced(() => {
    const table = decode(file)
    try {
      const ffi = onlyBatch(table, rows, label).intoFFI()
      try {
        use(nestedAt(ffi.arrayAddr(), width).child!)
      } finally {
        ffi.free()
      }
    } finally {
      table.free()
    }
  })
}

/** Reads an `ArrowArray` of structs, lists or values, and its children. */
function nestedAt(address: number, width: ValueWidth): NestedColumn {
  const { buffer } = wasmMemory()
  const view = new DataView(buffer)
  const at = (offset: number) => view.getUint32(address + offset, true)
  const [rows, nulls, offset, buffers, children] = [0, 8, 16, 24, 32].map(at) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const pointer = (index: number) => view.getUint32(at(40) + 4 * index, true)
  if (offset !== 0) throw new Error('parquet-wasm returned an array with an offset')
  const validity = nulls !== 0 && pointer(0) !== 0 ? new Uint8Array(buffer, pointer(0), (rows + 7) >> 3) : undefined
  const child = children > 0 ? nestedAt(view.getUint32(at(44), true), width) : undefined
  // structs have a validity buffer only, lists and byte arrays also have offsets
  const hasOffsets = child ? buffers > 1 : width === 'bytes'
  const isEmpty = rows === 0
  const offsets = hasOffsets && !isEmpty ? new Int32Array(buffer, pointer(1), rows + 1) : undefined
  const length = width === 'bytes' ? (offsets?.[rows] ?? 0) : width === 0 ? (rows + 7) >> 3 : rows * width
  const values = child || isEmpty ? undefined : new Uint8Array(buffer, pointer(width === 'bytes' ? 2 : 1), length)
  return { rows, validity, offsets, values, child }
}
