/** Serves small reads from ranges that are kept: a file of thousands of small row groups must not cost a request per column. */
import type { ByteSource } from '../../shared/byte-source.ts'
import { concatBytes } from '../../shared/concat-bytes.ts'

/** Ranges begin at multiples of this. */
const RANGE_BYTES = 256 * 1024
/** A longer read is passed on unchanged: its range would mostly bring bytes of other columns, which are not needed. */
const SMALL_BYTES = 16 * 1024
/** Enough for all columns that are read side by side, wherever they are in the file: 4 MiB. */
const KEPT_RANGES = 16

/** The same bytes with fewer requests. */
export function coalesced(source: ByteSource): ByteSource {
  const { byteLength } = source
  /** By number; the least recently used first. */
  const ranges = new Map<number, Promise<Uint8Array>>()

  const rangeAt = (number: number): Promise<Uint8Array> => {
    const start = number * RANGE_BYTES
    const range = ranges.get(number) ?? source.slice(start, Math.min(byteLength, start + RANGE_BYTES))
    ranges.delete(number)
    ranges.set(number, range)
    // a failed read may be tried again
    range.catch(() => ranges.delete(number))
    for (const oldest of ranges.keys()) {
      if (ranges.size <= KEPT_RANGES) break
      ranges.delete(oldest)
    }
    return range
  }

  return {
    byteLength,
    ...(source.isRemote && { isRemote: true }),
    async slice(start, end, room) {
      const length = end - start
      if (length > SMALL_BYTES || length <= 0) return source.slice(start, end, room)
      const first = Math.floor(start / RANGE_BYTES)
      const at = start - first * RANGE_BYTES
      const range = await rangeAt(first)
      if (at + length <= range.length) return range.subarray(at, at + length)
      const next = await rangeAt(first + 1)
      return concatBytes([range.subarray(at), next.subarray(0, at + length - range.length)])
    },
  }
}
