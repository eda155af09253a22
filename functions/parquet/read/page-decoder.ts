/**
 * Chooses the decoder of a column with one value per row.
 *
 * parquet-wasm is not used for it if its compression can be decompressed here: it has to be started, holds every page as a
 * whole and takes a third longer
 * (docs/decisions/parquet-wasm.md). Source: https://github.com/apache/parquet-format/blob/master/Encodings.md
 */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { canDecompress } from '../compression/decompress.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Footer } from '../format/footer.ts'
import { isRepeated, type Leaf, pathOf, valueWidth } from '../format/schema.ts'
import { ByteArrayDecoder } from './byte-array-decoder.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import { FixedDecoder } from './fixed-decoder.ts'
import { PageOpener } from './page-values.ts'

/** Whether the pages of a chunk can be decoded here. */
export function canDecode(leaf: Leaf, { compression }: ColumnChunk): boolean {
  return !isRepeated(leaf) && valueWidth(leaf) !== 0 && canDecompress(compression)
}

/**
 * @param use gets the rows piece by piece
 * @throws RefusedError `too-big` when a single value does not fit into the memory allowed
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
