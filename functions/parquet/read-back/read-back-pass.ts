/**
 * Reads the new columns back while the output is written once: their pages are decoded, and the footer at the end must
 * describe them.
 */

import { crc32 } from 'node:zlib'
import { ReadBackError } from '../../shared/errors.ts'
import { rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA } from '../format/fields.ts'
import { END_BYTES, footerLengthIn, MAGIC } from '../format/file-end.ts'
import { parseFooter } from '../format/footer.ts'
import { asStruct, type ThriftStruct } from '../format/thrift.ts'
import type { PlacedColumns } from '../write/added-columns.ts'
import { type ColumnDigest, newDigests } from './column-digest.ts'
import { ReadBackColumn } from './read-back-column.ts'

/** A chunk and its place in the output. */
interface ChunkRange {
  readonly column: number
  readonly start: number
  readonly end: number
  readonly meta: ThriftStruct
  isStarted: boolean
}

export class ReadBackPass {
  /** The columns to write the output with. */
  readonly writer: PlacedColumns
  readonly #names: readonly string[]
  readonly #elements: readonly Uint8Array[]
  readonly #columns: readonly ReadBackColumn[]
  readonly #digests: readonly ColumnDigest[]
  readonly #rows: number
  #rowsPlaced = 0
  /** The chunks of the new columns, in the order of the file. */
  #ranges: ChunkRange[] = []
  /** Checksums of the chunks' metadata, by row group and column. */
  readonly #described: number[] = []

  /** @param rows rows of the new columns */
  constructor(writer: PlacedColumns, rows: number, memoryBudgetBytes: number) {
    const elements = writer.schemaElements()
    this.#names = writer.arrowFields().map(({ name }) => name)
    this.#elements = elements.map(({ raw }) => raw)
    this.#digests = newDigests(writer)
    this.#columns = elements.map((element, i) => new ReadBackColumn(element, memoryBudgetBytes, this.#digests[i]!))
    this.#rows = rows
    this.writer = {
      arrowFields: () => writer.arrowFields(),
      hasNulls: (column) => writer.hasNulls(column),
      replaces: (name) => writer.replaces(name),
      schemaElements: () => writer.schemaElements(),
      chunksAt: (group, offset, indexed) => {
        const placed = writer.chunksAt(group, offset, indexed)
        this.#expect(placed.columns.map(({ chunk }) => asStruct(chunk).struct(COLUMN_CHUNK.metadata)!))
        return placed
      },
    }
  }

  #expect(metas: readonly ThriftStruct[]): void {
    for (const [column, meta] of metas.entries()) {
      this.#described.push(crc32(meta.raw()))
      const start = meta.integer(COLUMN_META.dictionaryPageOffset) ?? meta.integer(COLUMN_META.dataPageOffset)!
      this.#ranges.push({
        column,
        start,
        end: start + meta.integer(COLUMN_META.totalCompressedSize)!,
        meta,
        isStarted: false,
      })
    }
    this.#rowsPlaced += metas[0]?.integer(COLUMN_META.numValues) ?? 0
  }

  /** Takes the next bytes of the output. @param at their offset in the file */
  take(piece: Uint8Array, at: number): void {
    const pieceEnd = at + piece.length
    let done = 0
    for (const range of this.#ranges) {
      const { start, end, column } = range
      if (start >= pieceEnd && start < end) break
      const from = Math.max(start, at)
      const to = Math.min(end, pieceEnd)
      this.#of(column, (to_) => {
        if (!range.isStarted) to_.startChunk(range.meta)
        range.isStarted = true
        if (to > from) to_.add(piece.subarray(from - at, to - at))
        if (end <= pieceEnd) to_.endChunk()
      })
      if (end > pieceEnd) break
      done++
    }
    if (done > 0) this.#ranges = this.#ranges.slice(done)
  }

  /** Whether these are the last bytes: all pages have passed, and they end like a file. */
  isLast(piece: Uint8Array): boolean {
    if (this.#ranges.length > 0 || this.#rowsPlaced < this.#rows || piece.length < END_BYTES) return false
    return Buffer.from(piece.subarray(-4)).toString('latin1') === MAGIC
  }

  /**
   * @param end the last piece of the output
   * @returns the digests of the decoded columns
   * @throws ReadBackError when a column cannot be decoded, or the footer describes another one
   */
  finish(end: Uint8Array): { readonly name: string; readonly digest: ColumnDigest }[] {
    for (const [i] of this.#columns.entries()) this.#of(i, (column) => column.finish())
    this.#checkFooter(end)
    return this.#names.map((name, i) => ({ name, digest: this.#digests[i]! }))
  }

  #checkFooter(end: Uint8Array): void {
    const length = footerLengthIn(end)
    if (length !== end.length - END_BYTES)
      throw new ReadBackError(undefined, 'the footer is not as long as the file states')
    const footer = whatIsWrong(undefined, () => parseFooter(end.subarray(0, length), 0))
    const count = this.#columns.length
    const elements = footer.meta.list(FILE_METADATA.schema)!.slice(-count)
    for (const [i, { raw }] of elements.entries()) {
      if (Buffer.compare(raw, this.#elements[i]!) === 0) continue
      throw new ReadBackError(this.#names[i], 'the footer states another type than it was decoded with')
    }
    let at = 0
    for (let group = 0; group < footer.rowGroups.length; group++) {
      for (const [i, chunk] of rowGroup(footer, group).columns.slice(-count).entries()) {
        const meta = asStruct(chunk).struct(COLUMN_CHUNK.metadata)
        if (meta && crc32(meta.raw()) === this.#described[at++]) continue
        throw new ReadBackError(this.#names[i], `the footer describes its chunk in row group ${group} wrongly`)
      }
    }
    if (at !== this.#described.length) throw new ReadBackError(undefined, 'the footer lacks row groups')
  }

  #of(column: number, action: (column: ReadBackColumn) => void): void {
    whatIsWrong(this.#names[column], () => action(this.#columns[column]!))
  }
}

/** Turns every error into a ReadBackError: no error of the read-back is a reason to refuse the file. */
function whatIsWrong<T>(column: string | undefined, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new ReadBackError(column, error instanceof Error ? error.message : String(error), { cause: error })
  }
}
