/**
 * Compresses the bodies of pages. SNAPPY and LZ4 are implemented here: Node has neither, and starting parquet-wasm,
 * which has both, costs a small file more time than everything else.
 */

import zlib from 'node:zlib'
import { concatBytes } from '../../shared/concat-bytes.ts'
import type { Compression } from '../format/enumerations.ts'
import { putMatches, putWords } from './find-matches.ts'
import { LZ4_END_BYTES, Lz4Output, SnappyOutput } from './match-output.ts'
import { compressZstd } from './zstd.ts'

export type NewCompression = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD' | 'LZ4_RAW'

/** Node's default is the highest quality, which is a hundred times as slow. */
const BROTLI_QUALITY = 5

/** @throws Error for a compression that cannot be read either */
export function compress(bytes: Uint8Array, compression: Compression): Uint8Array {
  switch (compression) {
    case 'UNCOMPRESSED':
      return bytes
    case 'SNAPPY':
      return putMatches(bytes, new SnappyOutput(bytes.length)).bytes()
    case 'LZ4_RAW':
      return putMatches(bytes, new Lz4Output(bytes.length)).bytes()
    case 'LZ4':
      return inHadoopFrame(bytes.length, putMatches(bytes, new Lz4Output(bytes.length)).bytes())
    case 'GZIP':
      return zlib.gzipSync(bytes)
    case 'ZSTD':
      return compressZstd(bytes)
    case 'BROTLI':
      return zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
    default:
      throw new Error(`nothing is written with ${compression}`)
  }
}

/** Parquet's older LZ4 begins with the lengths before and after compression, most significant byte first. */
function inHadoopFrame(length: number, compressed: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + compressed.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, length)
  view.setUint32(4, compressed.length)
  frame.set(compressed, 8)
  return frame
}

/**
 * Compresses values of 32 bits that mostly repeat the one before them: a line that stays flat, a side, the number of a
 * segment. It only looks for such repeats, which takes one comparison per value.
 * @param prefix bytes before the values, stored as literals
 */
export function compressRepeating(prefix: Uint8Array, words: Int32Array, compression: NewCompression): Uint8Array {
  const values = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  switch (compression) {
    case 'SNAPPY':
      return snappy(prefix, words, values)
    case 'LZ4_RAW':
      return lz4(prefix, words, values)
    default:
      return compress(concatBytes([prefix, values]), compression)
  }
}

function snappy(prefix: Uint8Array, words: Int32Array, values: Uint8Array): Uint8Array {
  const output = new SnappyOutput(prefix.length + values.length)
  output.put(prefix, 0, prefix.length, 0, 0)
  putWords(words, values, 0, 0, output)
  return output.bytes()
}

function lz4(prefix: Uint8Array, words: Int32Array, values: Uint8Array): Uint8Array {
  const bytes = concatBytes([prefix, values])
  const output = new Lz4Output(bytes.length)
  // no match may begin in the last bytes, so they are literals
  const repeatable = words.subarray(0, Math.max(0, words.length - LZ4_END_BYTES / 4))
  putWords(repeatable, bytes, prefix.length, 0, output)
  return output.bytes()
}
