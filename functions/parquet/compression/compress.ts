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

/**
 * Compresses bytes in which hardly anything repeats, such as encoded runs: SNAPPY and LZ4 store them without looking for
 * repetitions, as one literal.
 */
export function compressRuns(bytes: Uint8Array, compression: NewCompression): Uint8Array {
  if (compression !== 'SNAPPY' && compression !== 'LZ4_RAW') return compress(bytes, compression)
  const output = compression === 'SNAPPY' ? new SnappyOutput(bytes.length) : new Lz4Output(bytes.length)
  output.put(bytes, 0, bytes.length, 0, 0)
  return output.bytes()
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
 * Compresses values of 32 bits, most of which repeat earlier ones: a line that stays flat, or the lines of series whose
 * rows alternate.
 * @param prefix bytes before the values
 * @param areRuns whether hardly anything repeats in the prefix
 */
export function compressWords(
  prefix: Uint8Array,
  words: Int32Array,
  compression: NewCompression,
  areRuns = false,
): Uint8Array {
  const values = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  if (compression === 'SNAPPY') {
    const output = new SnappyOutput(prefix.length + values.length)
    if (areRuns) output.put(prefix, 0, prefix.length, 0, 0)
    else putMatches(prefix, output)
    return putWords({ prefixLength: 0, bytes: values, words }, output).bytes()
  }
  const bytes = concatBytes([prefix, values])
  if (compression !== 'LZ4_RAW') return compress(bytes, compression)
  // no match may begin in the last bytes, so they are literals
  const repeatable = words.subarray(0, Math.max(0, words.length - LZ4_END_BYTES / 4))
  return putWords({ prefixLength: prefix.length, bytes, words: repeatable }, new Lz4Output(bytes.length)).bytes()
}
