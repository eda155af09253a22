/**
 * Appends columns when no row is removed: the output is the input unchanged, then the pages of the new columns and a
 * new footer.
 */

import { rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, ROW_GROUP } from '../format/fields.ts'
import type { Footer } from '../format/footer.ts'
import { indexedLike } from '../format/page-index.ts'
import { asStruct, type ThriftValue } from '../format/thrift.ts'
import type { PlacedColumns } from './added-columns.ts'
import { type FooterPair, OutputFooter } from './output-footer.ts'

/**
 * Yields the bytes after the input's last byte.
 * @param inputBytes size of the input
 * @param note key-value pair for the footer, and bytes before it; undefined: the pairs of the input stay
 */
export function* appendPlaced(
  footer: Footer,
  inputBytes: number,
  writer: PlacedColumns,
  note?: FooterPair,
): Generator<Uint8Array> {
  const output = new OutputFooter(footer, writer)
  let offset = inputBytes
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const group = rowGroup(footer, i)
    const kept = group.columns.filter((_, leaf) => output.keeps(leaf))
    const gone = group.columns.filter((_, leaf) => !output.keeps(leaf))
    const added = writer.chunksAt(i, offset, indexedLike(kept))
    output.add(group, {
      rows: group.rows,
      kept: kept.map((chunk) => ({ chunk })),
      added: added.columns,
      bytes: (group.struct.integer(ROW_GROUP.totalCompressedSize) ?? 0) - sizes(gone).bytes + added.bytes,
      uncompressedBytes:
        (group.struct.integer(ROW_GROUP.totalByteSize) ?? 0) - sizes(gone).uncompressedBytes + added.uncompressedBytes,
      offset: group.struct.integer(ROW_GROUP.fileOffset) ?? 0,
    })
    offset += added.bytes
    yield* added.pages
  }
  yield* output.end(offset, note)
}

function sizes(columns: readonly ThriftValue[]): { bytes: number; uncompressedBytes: number } {
  let [bytes, uncompressedBytes] = [0, 0]
  for (const column of columns) {
    const meta = asStruct(column).struct(COLUMN_CHUNK.metadata)
    bytes += meta?.integer(COLUMN_META.totalCompressedSize) ?? 0
    uncompressedBytes += meta?.integer(COLUMN_META.totalUncompressedSize) ?? 0
  }
  return { bytes, uncompressedBytes }
}
