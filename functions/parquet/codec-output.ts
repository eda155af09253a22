/** What the codec has written, taken apart: it writes whole files, of which only the pages are wanted. */
import { crc32 } from 'node:zlib'
import { parseFooter, rowGroup } from './footer.ts'
import { asStruct, concatBytes, ThriftStruct, thrift } from './thrift.ts'

/** The ColumnMetaData structs of a file of one row group that the codec has just written. */
export function columnMetadata(file: Uint8Array): ThriftStruct[] {
  const length = new DataView(file.buffer, file.byteOffset + file.length - 8).getUint32(0, true)
  const start = file.length - 8 - length
  const footer = parseFooter(file.subarray(start, file.length - 8), start)
  return rowGroup(footer, 0).columns.map((column) => asStruct(column).struct(3)!)
}

/** Pages that the codec made, each with a CRC put into its header, so that later damage is found. */
export function* withChecksums(
  pages: Uint8Array,
): Generator<{ kind: number; bytes: Uint8Array; uncompressedLength: number }> {
  for (let at = 0; at < pages.length; ) {
    const header = new ThriftStruct(pages, at)
    const body = pages.subarray(header.end, header.end + header.integer(3)!)
    const checked = header.with({ 4: thrift.i32(crc32(body) | 0) }).raw
    yield {
      kind: header.integer(1)!,
      bytes: concatBytes([checked, body]),
      uncompressedLength: checked.length + header.integer(2)!,
    }
    at = header.end + body.length
  }
}
