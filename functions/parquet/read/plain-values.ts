/** Decodes the values of a page with a delta or byte stream split encoding to PLAIN piece by piece. */
import { type Bytes, ByteWindow } from '../../shared/byte-window.ts'
import {
  BYTE_STREAM_SPLIT,
  DELTA_BINARY_PACKED,
  DELTA_BYTE_ARRAY,
  DELTA_LENGTH_BYTE_ARRAY,
  ENCODINGS,
} from '../format/enumerations.ts'
import { damaged } from '../format/page-header.ts'
import { type Leaf, valueWidth } from '../format/schema.ts'
import { deltaIntegers } from './delta-integers.ts'
import { deltaTexts } from './delta-texts.ts'
import type { Page } from './page.ts'
import { checkEnd } from './page-end.ts'
import { splitValues } from './split-values.ts'

/**
 * @param page has neither PLAIN values nor dictionary indices
 * @param encoded all values of the page, of which there are `count`
 * @returns the values in PLAIN, and how to end if they are used only in part
 * @throws RefusedError `corrupt` when values of this type have no such encoding
 */
export function plainValues(
  page: Page,
  leaf: Leaf,
  encoded: Bytes,
  count: number,
  limitBytes: number,
): { readonly values: Bytes; readonly close: (() => Promise<void>) | undefined } {
  const pieces = plainPieces(page, leaf, encoded, count, limitBytes)
  if (!pieces) {
    const { label, at, encoding } = page
    throw damaged(label, `the values of the page at byte ${at} are ${ENCODINGS[encoding]}`)
  }
  const window = new ByteWindow(piecesToEnd(page, encoded, count === 0 ? [] : pieces), { window: new Uint8Array(0) })
  return { values: window, close: () => window.close() }
}

function plainPieces(
  page: Page,
  leaf: Leaf,
  encoded: Bytes,
  count: number,
  limitBytes: number,
): AsyncGenerator<Uint8Array> | undefined {
  const width = valueWidth(leaf)
  const { type } = leaf
  const isFixed = type === 'FIXED_LEN_BYTE_ARRAY'
  switch (page.encoding) {
    case DELTA_BINARY_PACKED:
      if (type !== 'INT32' && type !== 'INT64') return undefined
      return deltaIntegers(page, encoded, count, type === 'INT64' ? 2 : 1, limitBytes)
    case DELTA_LENGTH_BYTE_ARRAY:
      return width === 'bytes' ? deltaTexts(page, encoded, count, width, limitBytes) : undefined
    case DELTA_BYTE_ARRAY:
      return width === 'bytes' || isFixed ? deltaTexts(page, encoded, count, width, limitBytes) : undefined
    case BYTE_STREAM_SPLIT:
      return width === 'bytes' || type === 'INT96' ? undefined : splitValues(page, encoded, count, width, limitBytes)
    default:
      return undefined
  }
}

/** The page has to end after its values. */
async function* piecesToEnd(
  page: Page,
  encoded: Bytes,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* pieces
  const end = checkEnd(page, encoded)
  if (end) await end
}
