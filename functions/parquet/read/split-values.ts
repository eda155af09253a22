/**
 * Decodes BYTE_STREAM_SPLIT piece by piece: the first bytes of all values, then their second bytes, and so on. They come
 * out as PLAIN. A long page goes through a temporary file, because each value is spread over the whole page.
 * Source: https://github.com/apache/parquet-format/blob/master/Encodings.md#byte-stream-split-byte_stream_split--9
 */
import type { Bytes } from '../../shared/byte-window.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { PageStore, type StoredPage } from '../../shared/page-store.ts'
import { HELD_PAGE_BYTES, type Page } from './page.ts'
import { tooShort } from './page-end.ts'
import { PIECE_BYTES, PIECE_ROWS } from './piece.ts'

/** Memory of a stored piece besides its bytes. */
const STORED_BYTES = 128

/**
 * Yields `count` values of `width` bytes each.
 * @throws RefusedError `corrupt`, `too-big`
 */
export async function* splitValues(
  page: Page,
  encoded: Bytes,
  count: number,
  width: number,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const rows = Math.min(count, PIECE_ROWS, Math.max(1, Math.floor(PIECE_BYTES / width)))
  const out = new Uint8Array(width * rows)
  if (count * width <= HELD_PAGE_BYTES) {
    const streams = await encoded.atLeast(count * width)
    if (streams.length < count * width) throw tooShort(page)
    for (let from = 0; from < count; from += rows) {
      const few = Math.min(rows, count - from)
      for (let stream = 0; stream < width; stream++) spread(streams, stream * count + from, few, stream, width, out)
      yield out.subarray(0, few * width)
    }
    encoded.advance(count * width)
    return
  }
  checkFits(`the page at byte ${page.at} of ${page.label}`, STORED_BYTES * width * Math.ceil(count / rows), limitBytes)
  const store = new PageStore({
    what: `the values of the page at byte ${page.at} of ${page.label}`,
    remedy: 'write the file with smaller pages, or allow more space',
    heldBytes: HELD_PAGE_BYTES,
  })
  try {
    const streams: StoredPage[][] = []
    for (let stream = 0; stream < width; stream++) streams.push(await storedStream(page, encoded, count, rows, store))
    for (let i = 0, left = count; left > 0; i++, left -= rows) {
      const few = Math.min(rows, left)
      for (let stream = 0; stream < width; stream++) spread(streams[stream]![i]!.bytes(), 0, few, stream, width, out)
      yield out.subarray(0, few * width)
    }
  } finally {
    store.close()
  }
}

/** Stores one byte of each value. */
async function storedStream(
  page: Page,
  encoded: Bytes,
  count: number,
  rows: number,
  store: PageStore,
): Promise<StoredPage[]> {
  const stored: StoredPage[] = []
  for (let left = count; left > 0; left -= rows) {
    const few = Math.min(left, rows)
    const bytes = await encoded.atLeast(few)
    if (bytes.length < few) throw tooShort(page)
    stored.push(store.put(bytes.slice(0, few)))
    encoded.advance(few)
  }
  return stored
}

/** Puts one byte of each value into its place. */
function spread(bytes: Uint8Array, from: number, count: number, stream: number, width: number, out: Uint8Array): void {
  for (let i = 0, o = stream; i < count; i++, o += width) out[o] = bytes[from + i]!
}
