/** Small reads put together: a file of thousands of small row groups must not cost a request for each of their columns. */

import type { ByteSource } from '../../shared/byte-source.ts'
import { concatBytes } from '../../shared/concat-bytes.ts'

const BLOCK_BYTES = 256 * 1024
/** A longer read goes through as it is. In between lie other columns, which a block brings along unused. */
const SMALL_BYTES = 16 * 1024
/** Enough for the columns that are read side by side, wherever they lie: 4 MiB. */
const HELD_BLOCKS = 16

/** The same bytes, read in blocks where little is asked for. */
export function inBlocks(source: ByteSource): ByteSource {
  const { byteLength } = source
  /** By position; the longest unused first. */
  const blocks = new Map<number, Promise<Uint8Array>>()

  const blockAt = (position: number): Promise<Uint8Array> => {
    const start = position * BLOCK_BYTES
    const block = blocks.get(position) ?? source.slice(start, Math.min(byteLength, start + BLOCK_BYTES))
    blocks.delete(position)
    blocks.set(position, block)
    // one that could not be read may be tried again
    block.catch(() => blocks.delete(position))
    for (const oldest of blocks.keys()) {
      if (blocks.size <= HELD_BLOCKS) break
      blocks.delete(oldest)
    }
    return block
  }

  return {
    byteLength,
    async slice(start, end, room) {
      const length = end - start
      if (length > SMALL_BYTES || length <= 0) return source.slice(start, end, room)
      const first = Math.floor(start / BLOCK_BYTES)
      const at = start - first * BLOCK_BYTES
      const block = await blockAt(first)
      if (at + length <= block.length) return block.subarray(at, at + length)
      const next = await blockAt(first + 1)
      return concatBytes([block.subarray(at), next.subarray(0, at + length - block.length)])
    },
  }
}
