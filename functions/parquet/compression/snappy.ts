/**
 * Decompresses SNAPPY, as a whole or piece by piece.
 *
 * parquet-wasm is not used: starting it takes 65 ms, most of a small file's time, and it holds a page as a whole, which
 * DuckDB makes as long as its row group. Format: https://github.com/google/snappy/blob/main/format_description.txt
 */
import { readVarint } from '../format/varint.ts'

/** Bytes that may be written beyond the end: short ranges are copied in steps of a fixed length. */
export const SNAPPY_SLACK = 64
/** The longest tag with its operands. */
const MAX_TAG = 5

/** The bytes are not SNAPPY, or contradict themselves. */
export class SnappyError extends Error {}

export const CUT_LITERAL = 'a literal that is cut'

/** A copy that begins before the bytes that are held. */
export class FarCopyError extends Error {}

/** The state between two calls. */
export interface SnappyState {
  /** Bytes of the compressed input that the last call used. */
  used: number
  /** Bytes of a literal that are still to come. */
  literal: number
}

/**
 * The length of the data, which the bytes begin with.
 * @throws SnappyError when there is none
 */
export function snappyLength(bytes: Uint8Array): { readonly value: number; readonly end: number } {
  const length = readVarint(bytes, 0)
  if (!length || length.end > MAX_TAG) throw new SnappyError('no length')
  return length
}

/** The input of one call. */
export interface SnappySource {
  readonly bytes: Uint8Array
  /** Whether the bytes are all that is left; otherwise a tag whose end is missing waits for the next call. */
  readonly isLast: boolean
}

/** The output of one call. */
export interface SnappyTarget {
  /** Holds the bytes decompressed before, up to `at`; has SNAPPY_SLACK bytes of room after `limit`. */
  readonly bytes: Uint8Array
  readonly at: number
  /** Where to stop, or up to 64 bytes later. */
  readonly stop: number
  /** Where the data ends. */
  readonly limit: number
}

/**
 * Decompresses the bytes after the length until the input is used or the output is filled to `stop`. The copies stay in
 * the loop: in functions of their own they make it 1.07 times as slow.
 *
 * @returns the end of the output
 * @throws FarCopyError when a copy begins before the output does, SnappyError when the input is damaged
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a loop with calls is slower, as stated above
export function snappyDecompress(state: SnappyState, source: SnappySource, target: SnappyTarget): number {
  const { bytes: input, isLast } = source
  const { bytes: out, stop, limit } = target
  const from = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const to = new DataView(out.buffer, out.byteOffset, out.byteLength)
  const end = input.length
  // before this offset, sixteen bytes may be read at once
  const roomyEnd = end - 16 - MAX_TAG
  const tagsEnd = isLast ? end : end - MAX_TAG
  let i = state.literal > 0 ? restOfLiteral(state, input, target) : 0
  let o = target.at + i
  while (i < tagsEnd && o < stop && state.literal === 0) {
    const tag = input[i++]!
    let length = (tag >>> 2) + 1
    let distance: number
    switch (tag & 3) {
      case 0: {
        if (length <= 16 && i < roomyEnd && o + length <= limit) {
          to.setInt32(o, from.getInt32(i, true), true)
          to.setInt32(o + 4, from.getInt32(i + 4, true), true)
          if (length > 8) {
            to.setInt32(o + 8, from.getInt32(i + 8, true), true)
            to.setInt32(o + 12, from.getInt32(i + 12, true), true)
          }
        } else {
          if (length > 60) {
            const bytes = length - 60
            length = longLength(input, i, bytes)
            i += bytes
          }
          // a length of 2 GiB or more is negative here
          if (length < 1 || o + length > limit) throw new SnappyError('more bytes than it states')
          const here = Math.min(length, end - i, Math.max(0, stop - o))
          if (isLast && length > end - i) throw new SnappyError(CUT_LITERAL)
          out.set(input.subarray(i, i + here), o)
          state.literal = length - here
          length = here
        }
        i += length
        o += length
        continue
      }
      case 1:
        length = ((tag >>> 2) & 7) + 4
        distance = ((tag >>> 5) << 8) | input[i]!
        i += 1
        break
      case 2:
        distance = input[i]! | (input[i + 1]! << 8)
        i += 2
        break
      default:
        if (i + 4 > end) throw new SnappyError('a copy that is cut')
        distance = from.getInt32(i, true)
        i += 4
    }
    if (i > end || distance === 0) throw new SnappyError('a copy that is cut or has no distance')
    if (o + length > limit) throw new SnappyError('more bytes than it states')
    if (distance > o || distance < 0) throw new FarCopyError()
    const copyEnd = o + length
    if (distance >= 4) {
      // most copies are short: two words in any case are faster than a loop that ends after one or two
      to.setInt32(o, to.getInt32(o - distance, true), true)
      to.setInt32(o + 4, to.getInt32(o + 4 - distance, true), true)
      for (o += 8; o < copyEnd; o += 4) to.setInt32(o, to.getInt32(o - distance, true), true)
      o = copyEnd
    } else for (; o < copyEnd; o++) out[o] = out[o - distance]!
  }
  state.used = i
  return o
}

/** Copies the rest of the literal that the last call began. @returns the bytes that were copied */
function restOfLiteral(state: SnappyState, input: Uint8Array, { bytes: out, at, stop }: SnappyTarget): number {
  const length = Math.min(state.literal, input.length, stop - at)
  out.set(input.subarray(0, length), at)
  state.literal -= length
  return length
}

/** The length of a literal, which follows its tag in up to four bytes. */
function longLength(input: Uint8Array, i: number, bytes: number): number {
  if (i + bytes > input.length) throw new SnappyError('a literal without a length')
  let length = 1
  for (let byte = 0; byte < bytes; byte++) length += input[i + byte]! << (8 * byte)
  return length
}
