/**
 * The pages of the new columns: DATA_PAGE, PLAIN, of an optional column of 32-bit values at the top level, with a checksum.
 *
 * Made here and not by the codec, whose way through Arrow and wasm took a third of the whole time (361 of 1,240 ms for five
 * million rows): the values are known, and so is that they repeat.
 * Layout: https://github.com/apache/parquet-format/blob/master/README.md#data-pages
 */
import { crc32 } from 'node:zlib'
import { compressRepeating, type NewCodec } from './compress-repeating.ts'
import { thrift } from './thrift.ts'

const [PLAIN, RLE] = [0, 3]

export interface NewPage {
  /** Header and body. */
  readonly bytes: Uint8Array
  /** Header and body before it was compressed. */
  readonly uncompressedBytes: number
}

/**
 * @param values of the rows that have one, as they are stored
 * @param valid one bit per row, least significant first, 1 = has a value
 */
export function newPage(values: Float32Array | Int32Array, valid: Uint8Array, rows: number, codec: NewCodec): NewPage {
  const levels = encodeLevels(valid, rows)
  const length = levels.length + values.byteLength
  const words = new Int32Array(values.buffer, values.byteOffset, values.length)
  const body = compressRepeating(levels, words, codec)
  const header = thrift.struct({
    1: thrift.i32(0),
    2: thrift.i32(length),
    3: thrift.i32(body.length),
    4: thrift.i32(crc32(body) | 0),
    5: thrift.struct({ 1: thrift.i32(rows), 2: thrift.i32(PLAIN), 3: thrift.i32(RLE), 4: thrift.i32(RLE) }),
  }).raw
  const bytes = new Uint8Array(header.length + body.length)
  bytes.set(header)
  bytes.set(body, header.length)
  return { bytes, uncompressedBytes: header.length + length }
}

/** Bytes of eight equal levels from which on they are a run of their own. */
const RUN_BYTES = 4

/**
 * Levels of one bit: their length in four bytes, then runs of equal ones and groups of eight as they are.
 * Source: https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3
 */
function encodeLevels(valid: Uint8Array, rows: number): Uint8Array {
  const bytes = (rows + 7) >> 3
  // a run takes at most as many bytes as its header and value, a group of eight as many as itself and a header
  const out = new Uint8Array(4 + 2 * bytes + 16)
  let at = 4
  const header = (value: number) => {
    for (; value > 127; value >>>= 7) out[at++] = (value & 127) | 128
    out[at++] = value
  }
  const runAt = (from: number) => {
    const level = valid[from]
    if (level !== 0 && level !== 255) return 0
    let to = from + 1
    while (to < bytes && valid[to] === level) to++
    return to - from
  }
  for (let from = 0; from < bytes; ) {
    const run = runAt(from)
    if (run >= RUN_BYTES) {
      header(Math.min(8 * run, rows - 8 * from) << 1)
      out[at++] = valid[from]! & 1
      from += run
      continue
    }
    let to = from + 1
    while (to < bytes && runAt(to) < RUN_BYTES) to++
    header(((to - from) << 1) | 1)
    out.set(valid.subarray(from, to), at)
    at += to - from
    from = to
  }
  new DataView(out.buffer).setUint32(0, at - 4, true)
  return out.subarray(0, at)
}
