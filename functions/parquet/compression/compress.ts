/**
 * What goes into pages, compressed. SNAPPY and LZ4 are made here: Node has neither, and parquet-wasm, which has, would have to be
 * started for it.
 * Formats: https://github.com/google/snappy/blob/main/format_description.txt
 * and https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

import zlib from 'node:zlib'
import { concatBytes } from '../../shared/concat-bytes.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { Compression } from '../format/enumerations.ts'
import { putMatches, putWords } from './find-matches.ts'
import { LZ4_END_BYTES, Lz4Output, SnappyOutput } from './match-output.ts'

export type NewCompression = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD' | 'LZ4_RAW'

/** Node's default is the highest, and a hundred times as slow. */
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
      if (zlib.zstdCompressSync) return zlib.zstdCompressSync(bytes)
      throw new RefusedError(
        'unsupported',
        `Node ${process.version} cannot compress ZSTD, from 22.15 on it can; run a later one, or choose another compression`,
      )
    case 'BROTLI':
      return zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
    default:
      throw new Error(`nothing is written with ${compression}`)
  }
}

/** The older LZ4 of parquet has the lengths before and after in front, most significant byte first. */
function inHadoopFrame(length: number, block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + block.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, length)
  view.setUint32(4, block.length)
  frame.set(block, 8)
  return frame
}

/**
 * Values of 32 bits that mostly repeat the one before: a line that stays flat, a side, a segment's number. That they repeat
 * is all that is looked for, so that one comparison a value is all that it takes.
 * @param prefix bytes before the values, taken as they are
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
  // what no repetition may lie in is literal
  const repeatable = words.subarray(0, Math.max(0, words.length - LZ4_END_BYTES / 4))
  putWords(repeatable, bytes, prefix.length, 0, output)
  return output.bytes()
}
