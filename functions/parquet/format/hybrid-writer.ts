/**
 * Writes the RLE/bit-packing hybrid encoding: eight and more equal values as a run, others side by side in groups of
 * eight.
 * Source:
 * https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3
 */
import type { ValueRuns } from './runs.ts'
import { putVarint } from './varint.ts'

/** Fewer equal values than this are packed with their neighbours. */
const RUN_VALUES = 8
const PACKED_HEADER_BYTES = 5

/** Grows with the values and is used again. */
let output = new Uint8Array(0)
let outputView = new DataView(output.buffer)

/** One at a time: they share their memory. */
export class HybridWriter {
  readonly #width: number
  #at = 0
  /** Values in the packed groups that have no header yet. */
  #packed = 0
  /** Bits of them that are not written yet. */
  #pending = 0
  #bits = 0

  /**
   * @param width bits of a value, 1 to 32
   * @param values most that will be added
   */
  constructor(width: number, values: number) {
    this.#width = width
    // eight values take at most a run with its header, or a packed group with a header after each run
    const most =
      Math.ceil(values / RUN_VALUES) * (width + 4 + 2 * PACKED_HEADER_BYTES) + 2 * PACKED_HEADER_BYTES + width
    if (output.length >= most) return
    output = new Uint8Array(most)
    outputView = new DataView(output.buffer)
  }

  /** Adds the runs `first` to `last` (exclusive). */
  add({ values, ends }: ValueRuns, first: number, last: number): void {
    const width = this.#width
    let [at, packed, pending, bits] = [this.#at, this.#packed, this.#pending, this.#bits]
    let from = first === 0 ? 0 : ends[first - 1]!
    for (let run = first; run < last; run++) {
      const value = values[run]!
      const to = ends[run]!
      const missing = -packed & 7
      const isRun = to - from - missing >= RUN_VALUES
      // the header of packed values is put in front of them when their number is known
      if (packed === 0 && !isRun) at += PACKED_HEADER_BYTES
      const count = isRun ? missing : to - from
      packed += count
      for (let i = 0; i < count; i++) {
        pending |= value << bits
        bits += width
        if (bits < 32) continue
        outputView.setInt32(at, pending, true)
        at += 4
        bits -= 32
        pending = bits === 0 ? 0 : value >>> (width - bits)
      }
      if (isRun) {
        at = putRun(
          value,
          to - from - missing,
          width,
          packed === 0 ? at : endPacked({ at, packed, pending, bits }, width),
        )
        packed = pending = bits = 0
      }
      from = to
    }
    this.#at = at
    this.#packed = packed
    this.#pending = pending
    this.#bits = bits
  }

  /** Ends the encoding. The last group is filled with zeros. */
  bytes(): Uint8Array {
    if (this.#packed > 0) {
      const bits = this.#bits + (-this.#packed & 7) * this.#width
      const packed = (this.#packed + 7) & ~7
      this.#at = endPacked({ at: this.#at, packed, pending: this.#pending, bits }, this.#width)
      this.#packed = 0
    }
    return output.slice(0, this.#at)
  }
}

/** Values side by side whose header is missing. */
interface PackedValues {
  /** The end of their bytes. */
  readonly at: number
  /** How many: whole groups. */
  readonly packed: number
  /** Bits of the last ones that are not written yet, and how many. */
  readonly pending: number
  readonly bits: number
}

/** Puts the header of packed groups in front of them. @returns where to go on */
function endPacked({ at, packed, pending, bits }: PackedValues, width: number): number {
  let end = at
  for (let bit = 0; bit < bits; bit += 8) output[end++] = bit < 32 ? pending >>> bit : 0
  const groups = packed / RUN_VALUES
  const length = groups * width
  const body = putVarint(2 * groups + 1, output, end - length - PACKED_HEADER_BYTES)
  output.copyWithin(body, end - length, end)
  return body + length
}

/** @returns where to go on */
function putRun(value: number, count: number, width: number, start: number): number {
  let at = putVarint(2 * count, output, start)
  for (let bit = 0; bit < width; bit += 8) output[at++] = value >>> bit
  return at
}
