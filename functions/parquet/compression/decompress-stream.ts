/** Decompresses pages that are too long to be held, piece by piece. */
import type { Bytes } from '../../shared/byte-window.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import type { Compression } from '../format/enumerations.ts'
import {
  decompress,
  GOES_ON,
  NODE_COMPRESSIONS,
  type NodeCompression,
  SNAPPY_CALL_BYTES,
  undecodable,
  wrongLength,
} from './decompress.ts'
import { CUT_LITERAL, FarCopyError, SNAPPY_SLACK, SnappyError, snappyDecompress, snappyLength } from './snappy.ts'

/** Decompressed bytes that are held for copies: current compressors copy from at most 64 KiB before. */
const HISTORY_BYTES = 64 * 1024
/** Bytes that are decompressed before the history moves to the front. */
const STREAMED_BYTES = 256 * 1024
/** Enough input for one call. */
const COMPRESSED_BYTES = 2 * SNAPPY_CALL_BYTES

/** Compressed bytes that can be read again. */
export interface Again {
  readonly length: number
  read(): Promise<Uint8Array>
}

/**
 * Decompresses a page that is too long to be held.
 * @param length of the decompressed bytes, as the page states it
 * @param again the same bytes from the first one, for SNAPPY with copies from far back
 * @throws RefusedError `corrupt` when they have another length, `too-big` when the page would have to be held and is
 * too long
 */
export async function* decompressStream(
  bytes: Bytes,
  compression: Compression,
  length: number,
  limitBytes: number,
  again: Again,
): AsyncGenerator<Uint8Array> {
  if (compression === 'SNAPPY') {
    yield* snappyStream(bytes, length, limitBytes, again)
    return
  }
  let left = length
  for await (const piece of compression === 'UNCOMPRESSED'
    ? remaining(bytes)
    : inflateStream(NODE_COMPRESSIONS[compression]!, bytes)) {
    left -= piece.length
    if (left < 0) throw wrongLength(`more than ${length}`, length)
    yield piece
  }
  if (left > 0) throw wrongLength(length - left, length)
}

async function* snappyStream(
  bytes: Bytes,
  length: number,
  limitBytes: number,
  again: Again,
): AsyncGenerator<Uint8Array> {
  const out = new Uint8Array(HISTORY_BYTES + STREAMED_BYTES + SNAPPY_CALL_BYTES + 2 * SNAPPY_SLACK)
  const state = { used: 0, literal: 0 }
  let [done, at] = [0, 0]
  try {
    const stated = snappyLength(await bytes.atLeast(5))
    if (stated.value !== length) throw wrongLength(stated.value, length)
    bytes.advance(stated.end)
    while (done < length) {
      const input = await bytes.atLeast(COMPRESSED_BYTES)
      if (input.length === 0) throw state.literal > 0 ? new SnappyError(CUT_LITERAL) : wrongLength(done, length)
      const limit = at + length - done
      const stop = Math.min(limit, at + SNAPPY_CALL_BYTES)
      const end = snappyDecompress(
        state,
        { bytes: input, isLast: input.length < COMPRESSED_BYTES },
        { bytes: out, at, stop, limit },
      )
      bytes.advance(state.used)
      if (end === at && state.used === 0) throw wrongLength(done, length)
      done += end - at
      yield out.subarray(at, end)
      at = end
      if (at < HISTORY_BYTES + STREAMED_BYTES) continue
      out.copyWithin(0, end - HISTORY_BYTES, end)
      at = HISTORY_BYTES
    }
    if ((await bytes.atLeast(1)).length > 0) throw new SnappyError(GOES_ON)
  } catch (error) {
    if (!(error instanceof FarCopyError)) throw undecodable(error)
    checkFits('a page with references to far back', again.length + 2 * length, limitBytes)
    yield decompress(await again.read(), 'SNAPPY', length, { bytes: new Uint8Array(0) }).subarray(done)
  }
}

async function* remaining(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = await bytes.atLeast(1)
    if (piece.length === 0) return
    yield piece
    bytes.advance(piece.length)
  }
}

async function* inflateStream({ stream }: NodeCompression, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const { pipeline, Readable } = await import('node:stream')
  // the stream keeps its input, so it gets copies
  const copies = (async function* () {
    for await (const piece of remaining(bytes)) yield piece.slice()
  })()
  try {
    // an error of any stage surfaces where the last one is read
    yield* pipeline(Readable.from(copies, { objectMode: false }), stream(), () => {})
  } catch (error) {
    throw undecodable(error)
  } finally {
    // the stream reads ahead: the bytes are free only when it has ended
    await copies.return(undefined)
  }
}
