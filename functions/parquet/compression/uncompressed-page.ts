/** Turns whole pages, header included, into uncompressed ones. */
import { concatBytes } from '../../shared/concat-bytes.ts'
import { type Compression, DATA_PAGE_V2 } from '../format/enumerations.ts'
import { DATA_PAGE_HEADER_V2, PAGE_HEADER } from '../format/fields.ts'
import type { WholePage } from '../format/page-header.ts'
import { ThriftStruct, thrift } from '../format/thrift.ts'
import { decompress, NODE_COMPRESSIONS, undecodable, wrongLength } from './decompress.ts'
import { snappyLength } from './snappy.ts'

/** The compression of pages after `uncompressedPage`. */
export function compressionAfter(compression: Compression): Compression {
  return NODE_COMPRESSIONS[compression] ? 'UNCOMPRESSED' : compression
}

/**
 * The page as an uncompressed one; the same page if it is SNAPPY or only parquet-wasm can decompress it.
 * @throws RefusedError `corrupt` when its length differs from its header
 */
export function uncompressedPage(page: WholePage): Uint8Array {
  const { levelsLength, compression, bytes, headerLength, uncompressedLength } = page
  const body = bytes.subarray(headerLength)
  const length = uncompressedLength - levelsLength
  const values = body.subarray(levelsLength)
  if (!NODE_COMPRESSIONS[compression]) {
    // SNAPPY begins with the decompressed length, which parquet-wasm believes
    if (compression === 'SNAPPY' && values.length > 0) checkSnappyLength(values, length)
    return bytes
  }
  const plain = decompress(values, compression, length, { bytes: new Uint8Array(0) })
  const header = new ThriftStruct(bytes)
  const size = thrift.i32(uncompressedLength)
  const details =
    page.kind === DATA_PAGE_V2
      ? header.struct(PAGE_HEADER.dataPageHeaderV2)?.with({ [DATA_PAGE_HEADER_V2.isCompressed]: thrift.boolean(false) })
      : undefined
  // no checksum: the one of the compressed bytes has been checked
  const plainHeader = header.with({
    [PAGE_HEADER.uncompressedPageSize]: size,
    [PAGE_HEADER.compressedPageSize]: size,
    [PAGE_HEADER.crc]: undefined,
    ...(details && { [PAGE_HEADER.dataPageHeaderV2]: details }),
  })
  return concatBytes([plainHeader.raw, body.subarray(0, levelsLength), plain])
}

function checkSnappyLength(compressed: Uint8Array, length: number): void {
  let stated: number
  try {
    stated = snappyLength(compressed).value
  } catch (error) {
    throw undecodable(error)
  }
  if (stated !== length) throw wrongLength(stated, length)
}
