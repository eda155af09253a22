/**
 * The only file that calls parquet-wasm: parquet bytes to Arrow buffers and back, both synchronous.
 *
 * Decoded columns are read from wasm memory over Arrow's C data interface, without a copy. Rows to encode go in as
 * Arrow IPC, the only way that parquet-wasm offers.
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
import { columnAt, nestedAt } from './arrow-array.ts'
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
          use(columnAt(ffi.arrayAddr(), wasmMemory().buffer, depth, width))
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
        use(nestedAt(ffi.arrayAddr(), wasmMemory().buffer, width).child!)
      } finally {
        ffi.free()
      }
    } finally {
      table.free()
    }
  })
}
