/**
 * Values of columns that hold one a row, taken from PLAIN and dictionary pages: what nearly every writer makes of prices, times and
 * symbols.
 *
 * Made here and not by parquet-wasm, which has to be started for it, holds every page whole and takes a third longer
 * (docs/decisions/parquet-wasm.md). Source: https://github.com/apache/parquet-format/blob/master/Encodings.md
 */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { canDecompress } from '../compression/decompress.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { BIT_PACKED, PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY } from '../format/enumerations.ts'
import type { Footer } from '../format/footer.ts'
import { isRepeated, type Leaf, pathOf, valueWidth } from '../format/schema.ts'
import { ByteArrayDecoder } from './byte-array-decoder.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import { FixedDecoder } from './fixed-decoder.ts'
import { PageOpener } from './page-values.ts'

/** Of values, and of levels. */
const ENCODINGS: readonly number[] = [PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY, BIT_PACKED]

/** Whether all pages of a chunk can be decoded here, as far as it states what they are. */
export function canDecode(leaf: Leaf, { compression, encodings }: ColumnChunk): boolean {
  if (isRepeated(leaf) || valueWidth(leaf) === 0) return false
  return canDecompress(compression) && (encodings ?? []).every(canDecodeValues)
}

/** Whether a page can be, if its chunk can. */
export function canDecodeValues(encoding: number): boolean {
  return ENCODINGS.includes(encoding)
}

/**
 * @param use is handed the rows, piece by piece
 * @throws RefusedError `too-big` when not one value fits into the memory allowed
 */
export function pageDecoder(
  leaf: Leaf,
  footer: Footer,
  limitBytes: number,
  use: (column: DecodedColumn) => void,
): ChunkDecoder {
  const width = valueWidth(leaf)
  const pages = new PageOpener(leaf, limitBytes)
  if (width === 'bytes') return new ByteArrayDecoder(pages, footer.rows, use)
  checkFits(`a value of column ${quoted(pathOf(leaf))}`, width, limitBytes)
  return new FixedDecoder(pages, width, footer.rows, use)
}
