/**
 * Reads the RLE/bit-packing hybrid encoding of unsigned integers with a fixed number of bits, such as dictionary indices:
 * runs of one value, and groups of eight values side by side.
 * Source:
 * https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3
 */
import { readVarint } from './varint.ts'

/** The most that one value takes: five bytes for the header of its run, and four. */
export const MAX_HYBRID_BYTES = 9

export class HybridReader {
  readonly #width: number
  /** Values left of the current run: a repeated value, or packed ones. */
  #repeated = 0
  #value = 0
  #packed = 0
  /** Bits of the next byte that were used. */
  #bit = 0

  /** @param width bits of a value, 0 to 32 */
  constructor(width: number) {
    this.#width = width
  }

  /**
   * Reads the next `count` values into `out`.
   * @param bytes from the first one that was not used
   * @returns the number of bytes used; -1 when the bytes end before the values
   */
  read(bytes: Uint8Array, out: Int32Array, count: number): number {
    if (this.#width > 0) return this.#pass(bytes, count, out)
    out.fill(0, 0, count)
    return 0
  }

  /** Passes over the next `count` values. @returns as `read` */
  skip(bytes: Uint8Array, count: number): number {
    return this.#width > 0 ? this.#pass(bytes, count, undefined) : 0
  }

  #pass(bytes: Uint8Array, count: number, out: Int32Array | undefined): number {
    const width = this.#width
    const packed = packedBits(bytes, width)
    let at = 0
    for (let done = 0; done < count; ) {
      if (this.#repeated > 0) {
        const run = Math.min(this.#repeated, count - done)
        out?.fill(this.#value, done, done + run)
        this.#repeated -= run
        done += run
      } else if (this.#packed > 0) {
        const run = Math.min(this.#packed, count - done)
        const start = 8 * at + this.#bit
        const end = start + run * width
        // the last group may end after its last value: the padding is missing
        if (end > 8 * bytes.length) return -1
        if (out) unpack(packed, start, out, done, run)
        this.#packed -= run
        done += run
        const isOver = this.#packed === 0
        at = isOver ? (end + 7) >> 3 : end >> 3
        this.#bit = isOver ? 0 : end & 7
      } else {
        const header = readVarint(bytes, at)
        if (!header) return -1
        at = header.end
        if (header.value % 2 === 1) this.#packed = 4 * (header.value - 1)
        else {
          const valueBytes = (width + 7) >> 3
          if (at + valueBytes > bytes.length || header.value === 0) return -1
          this.#value = littleEndian(bytes, at, valueBytes)
          at += valueBytes
          this.#repeated = header.value / 2
        }
      }
    }
    return at
  }
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let byte = 0; byte < length; byte++) value |= bytes[at + byte]! << (8 * byte)
  return value
}

/** A value of up to this many bits is within the four bytes that begin with its first byte. */
const MAX_FAST_WIDTH = 25

/** Values side by side, without gaps between their bits. */
export interface PackedBits {
  readonly bytes: Uint8Array
  /** The same bytes. */
  readonly view: DataView
  /** Bits of a value. */
  readonly width: number
}

export function packedBits(bytes: Uint8Array, width: number): PackedBits {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), width }
}

/** @param from the first bit */
export function unpack(packed: PackedBits, from: number, out: Int32Array, at: number, count: number): void {
  const { bytes, width } = packed
  const end = at + count
  let i = at
  let bit = from
  for (; i < end && (bit & 7) !== 0; i++) {
    out[i] = bitsAt(bytes, bit, width)
    bit += width
  }
  if (width <= MAX_FAST_WIDTH) {
    const groups = Math.min((end - i) >> 3, groupsFrom(packed, bit >> 3))
    unpackGroups(packed, bit >> 3, out, i, i + 8 * groups)
    i += 8 * groups
    bit += 8 * groups * width
  }
  for (; i < end; i++) {
    out[i] = bitsAt(bytes, bit, width)
    bit += width
  }
}

/** The number of groups of eight values after each of which four more bytes can be read. */
function groupsFrom({ bytes, width }: PackedBits, byte: number): number {
  return Math.floor(Math.max(0, bytes.length - 4 - byte) / Math.max(1, width))
}

/** Unpacks whole groups of eight values to `at` to `end` (exclusive). @param from the byte in which the first one begins */
function unpackGroups({ view, width }: PackedBits, from: number, out: Int32Array, at: number, end: number): void {
  const mask = (1 << width) - 1
  const [second, third, fourth, fifth, sixth, seventh] = [
    2 * width,
    3 * width,
    4 * width,
    5 * width,
    6 * width,
    7 * width,
  ]
  for (let i = at, byte = from; i < end; i += 8, byte += width) {
    out[i] = view.getInt32(byte, true) & mask
    out[i + 1] = (view.getInt32(byte + (width >> 3), true) >>> (width & 7)) & mask
    out[i + 2] = (view.getInt32(byte + (second >> 3), true) >>> (second & 7)) & mask
    out[i + 3] = (view.getInt32(byte + (third >> 3), true) >>> (third & 7)) & mask
    out[i + 4] = (view.getInt32(byte + (fourth >> 3), true) >>> (fourth & 7)) & mask
    out[i + 5] = (view.getInt32(byte + (fifth >> 3), true) >>> (fifth & 7)) & mask
    out[i + 6] = (view.getInt32(byte + (sixth >> 3), true) >>> (sixth & 7)) & mask
    out[i + 7] = (view.getInt32(byte + (seventh >> 3), true) >>> (seventh & 7)) & mask
  }
}

function bitsAt(bytes: Uint8Array, from: number, width: number): number {
  let value = 0
  for (let got = 0; got < width; ) {
    const bit = from + got
    const taken = Math.min(8 - (bit & 7), width - got)
    value |= ((bytes[bit >> 3]! >> (bit & 7)) & ((1 << taken) - 1)) << got
    got += taken
  }
  return value
}
