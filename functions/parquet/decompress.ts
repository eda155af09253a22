/**
 * Pages decompressed outside of the codec, where Node can: the length is known beforehand, so that a bomb ends where it
 * has to, a page of another length than it states is found, and native code is faster than wasm.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { RefusedError } from '../shared/errors.ts'
import type { Codec } from './footer.ts'
import { DATA_PAGE_V2, type Page } from './page.ts'
import { concatBytes, ThriftStruct, thrift } from './thrift.ts'
import { readVarint } from './varint.ts'

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const DECOMPRESS: Partial<Record<Codec, Decompress>> = {
  GZIP: gunzipSync,
  ZSTD: zstdDecompressSync,
  BROTLI: brotliDecompressSync,
}

/** The codec that pages have after `decompressed`. */
export function codecAfter(codec: Codec): Codec {
  return DECOMPRESS[codec] ? 'UNCOMPRESSED' : codec
}

/**
 * The page as one that is not compressed, header included; as it is if only the codec can decompress it.
 * @throws RefusedError `corrupt` when it is not as long as it states
 */
export function decompressed(page: Page, codec: Codec): Uint8Array {
  const decompress = DECOMPRESS[codec]
  if (!decompress) {
    if (codec === 'SNAPPY' && page.kind !== DATA_PAGE_V2) checkSnappy(page)
    return page.bytes
  }
  const { levelsLength, isCompressed } = page
  const body = page.bytes.subarray(page.headerLength)
  const length = page.uncompressedLength - levelsLength
  const values = body.subarray(levelsLength)
  const plain = isCompressed && (values.length > 0 || length > 0) ? inflate(decompress, values, length) : values
  if (plain.length !== length) throw wrongLength(plain.length, length)
  const header = new ThriftStruct(page.bytes)
  const size = thrift.i32(page.uncompressedLength)
  const details = page.kind === DATA_PAGE_V2 ? header.struct(8)?.with({ 7: thrift.boolean(false) }) : undefined
  // no checksum: that of the compressed bytes has been checked
  const plainHeader = header.with({ 2: size, 3: size, 4: undefined, ...(details && { 8: details }) })
  return concatBytes([plainHeader.raw, body.subarray(0, levelsLength), plain])
}

/** SNAPPY begins with the length of what it holds, as a varint; the codec takes that for the truth. */
function checkSnappy({ bytes, headerLength, uncompressedLength }: Page): void {
  const { value: length } = readVarint(bytes, headerLength) ?? { value: 0 }
  if (length !== uncompressedLength) throw wrongLength(length, uncompressedLength)
}

function inflate(decompress: Decompress, values: Uint8Array, length: number): Uint8Array {
  try {
    return decompress(values, { maxOutputLength: Math.max(1, length) })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw wrongLength(`more than ${length}`, length)
    }
    throw new RefusedError('corrupt', 'the file is damaged: a page cannot be decompressed', { cause: error })
  }
}

function wrongLength(got: number | string, stated: number): RefusedError {
  return new RefusedError('corrupt', `the file is damaged: a page of ${stated} bytes decompresses to ${got}`)
}
