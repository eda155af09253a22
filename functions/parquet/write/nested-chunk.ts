/**
 * A chunk of a nested column that loses or gains rows. Only parquet-wasm knows where its rows begin and end, so it is
 * decoded, cut and encoded as a whole.
 */

import { crc32 } from 'node:zlib'
import { concatBytes } from '../../shared/concat-bytes.ts'
import type { NestedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { joinStreams } from '../format/arrow-ipc.ts'
import { type ColumnChunk, rowGroup } from '../format/column-chunk.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE } from '../format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  DATA_PAGE_HEADER,
  DATA_PAGE_HEADER_V2,
  OFFSET_INDEX,
  PAGE_HEADER,
  PAGE_LOCATION,
  STATISTICS,
} from '../format/fields.ts'
import { END_BYTES, footerLengthIn } from '../format/file-end.ts'
import { type Footer, parseFooter } from '../format/footer.ts'
import type { WholePage } from '../format/page-header.ts'
import { type Leaf, pathOf, valueWidth } from '../format/schema.ts'
import { asStruct, ThriftStruct, thrift } from '../format/thrift.ts'
import { pagesOf } from '../read/chunk-pages.ts'
import { checkCompression, decodeNested, decodeRowsAsIpc, encode } from '../wasm/parquet-wasm.ts'
import { UnpackedSize } from '../wasm/unpacked-size.ts'
import { VirtualFile } from '../wasm/virtual-file.ts'
import { wasmInstance } from '../wasm/wasm-instance.ts'
import type { FileChunk } from './chunk-rows.ts'
import type { DataPage } from './data-page.ts'
import type { Runs } from './row-places.ts'

/** The chunk is in memory encoded, decoded, as Arrow stream and encoded again. */
const COPIES = 4
/** Memory for the levels of a value and for the offset of a text. */
const EXTRA_BYTES_PER_VALUE = 8

export class NestedChunk {
  readonly #leaf: Leaf
  readonly #chunk: ColumnChunk
  readonly #limitBytes: number
  readonly #file: VirtualFile
  readonly #size: UnpackedSize
  #version: 1 | 2 = 1
  #unpackedBytes = 0
  #values = 0

  /** @throws RefusedError `unsupported` when parquet-wasm cannot write it */
  constructor(leaf: Leaf, chunk: ColumnChunk, { memoryBudgetBytes }: Footer, limitBytes: number) {
    wasmInstance.prepare(memoryBudgetBytes)
    checkCompression(chunk.compression, `rows have to be removed, but column ${quoted(pathOf(leaf))}`)
    this.#leaf = leaf
    this.#chunk = chunk
    this.#limitBytes = limitBytes
    this.#file = new VirtualFile(leaf)
    this.#size = new UnpackedSize(leaf, chunk.compression)
    this.#file.startChunk(chunk.compression)
  }

  /** @throws RefusedError `too-big` */
  add(page: WholePage): void {
    if (page.kind === DICTIONARY_PAGE) {
      this.#take(page.uncompressedLength)
      this.#size.setDictionary(page)
      this.#file.setDictionary(page)
      return
    }
    this.#values += page.values
    this.#take(page.uncompressedLength)
    // the page fits into memory, its values may not
    const left = this.#limitBytes / COPIES - this.#unpackedBytes
    this.#take(this.#size.of(page, left) - page.uncompressedLength)
    this.#file.add(page)
    this.#version = page.kind === DATA_PAGE_V2 ? 2 : 1
  }

  #take(bytes: number): void {
    this.#unpackedBytes += bytes
    const label = `column ${quoted(pathOf(this.#leaf))}, which is nested and loses rows,`
    checkFits(label, COPIES * this.#unpackedBytes + EXTRA_BYTES_PER_VALUE * this.#values, this.#limitBytes)
  }

  /**
   * @param rows rows of the chunk
   * @param kept row ranges, ascending and disjoint
   */
  *without(rows: number, kept: Iterable<readonly [start: number, end: number]>): Generator<DataPage> {
    const streams = decodeRowsAsIpc(this.#file.bytes(rows), rows, kept, `column ${quoted(pathOf(this.#leaf))}`)
    yield* pagesIn(encode(joinStreams(streams), this.#chunk.compression, this.#version))
  }

  /** @param rows rows of the chunk */
  read(rows: number, use: (column: NestedColumn) => void): void {
    const label = `column ${quoted(pathOf(this.#leaf))}`
    decodeNested(this.#file.bytes(rows), rows, valueWidth(this.#leaf), label, use)
  }

  /**
   * Rows of this chunk and of another chunk of the same column in turn.
   * @throws RefusedError `too-big`
   */
  *mergedWith(other: NestedChunk, runs: Runs): Generator<DataPage> {
    const bytes = COPIES * (this.#file.uncompressedBytes + other.#file.uncompressedBytes)
    const label = `column ${quoted(pathOf(this.#leaf))}`
    checkFits(`${label}, which is nested and gains rows,`, bytes, this.#limitBytes)
    const streams = [this, other].map((chunk, of) => {
      const ranges: [start: number, end: number][] = []
      let rows = 0
      for (let i = of; i < runs.length; i += 2) {
        if (runs[i]! > 0) ranges.push([rows, rows + runs[i]!])
        rows += runs[i]!
      }
      return decodeRowsAsIpc(chunk.#file.bytes(rows), rows, ranges, label).values()
    })
    const inOrder = [...runs].flatMap((rows, i) => (rows > 0 ? [streams[i % 2]!.next().value!] : []))
    yield* pagesIn(encode(joinStreams(inOrder), this.#chunk.compression, this.#version))
  }
}

export async function readNestedChunk(from: FileChunk): Promise<NestedChunk> {
  const { footer, leaf, chunk, buffers } = from
  const nested = new NestedChunk(leaf, chunk, footer, buffers.limitBytes)
  for await (const page of pagesOf(from)) nested.add(await page.whole())
  return nested
}

/** The data pages of a file that parquet-wasm has just written, with one column and one row group. */
function* pagesIn(file: Uint8Array): Generator<DataPage> {
  const end = file.length - END_BYTES
  const start = end - footerLengthIn(file)
  const footer = parseFooter(file.subarray(start, end), start)
  const chunk = asStruct(rowGroup(footer, 0).columns[0]!)
  const meta = chunk.struct(COLUMN_CHUNK.metadata)!
  // it writes an offset index, which has the first row of each page
  const firstRows = new ThriftStruct(file, chunk.integer(COLUMN_CHUNK.offsetIndexOffset)!)
    .structs(OFFSET_INDEX.pageLocations)!
    .map((page) => page.integer(PAGE_LOCATION.firstRowIndex)!)
  let index = 0
  // all nulls are attributed to the first page: callers only add them up
  let nulls = meta.struct(COLUMN_META.statistics)?.integer(STATISTICS.nullCount) ?? 0
  const pagesEnd = meta.integer(COLUMN_META.dataPageOffset)! + meta.integer(COLUMN_META.totalCompressedSize)!
  for (let at = meta.integer(COLUMN_META.dataPageOffset)!; at < pagesEnd; ) {
    const header = new ThriftStruct(file, at)
    const body = file.subarray(header.end, header.end + header.integer(PAGE_HEADER.compressedPageSize)!)
    const kind = header.integer(PAGE_HEADER.type)!
    const details = (
      kind === DATA_PAGE_V2 ? header.struct(PAGE_HEADER.dataPageHeaderV2) : header.struct(PAGE_HEADER.dataPageHeader)
    )!
    const [values, encoding] = [
      details.integer(DATA_PAGE_HEADER.numValues)!,
      details.integer((kind === DATA_PAGE_V2 ? DATA_PAGE_HEADER_V2 : DATA_PAGE_HEADER).encoding)!,
    ]
    // add a checksum, so that later damage is found
    const checked = header.with({ [PAGE_HEADER.crc]: thrift.i32(crc32(body) | 0) }).raw
    const uncompressedBytes = checked.length + header.integer(PAGE_HEADER.uncompressedPageSize)!
    const rows = (firstRows[index + 1] ?? footer.rows) - firstRows[index++]!
    yield { kind, encoding, bytes: concatBytes([checked, body]), uncompressedBytes, values, nulls, rows }
    nulls = 0
    at = header.end + body.length
  }
}
