/** One column of the file, decoded piece by piece; memory depends on the pages, not on the row groups. */
import { quoted, RefusedError } from '../shared/errors.ts'
import type { ByteSource } from './byte-source.ts'
import { checkCodec, type DecodedColumn, decodeFlatColumn, valueWidth } from './codec.ts'
import { columnChunk, type Footer, type Leaf, pathOf, rowGroup } from './footer.ts'
import { DICTIONARY_PAGE, pagesOf, readBuffers } from './page.ts'
import { PIECE_ROWS, VirtualFile } from './virtual-file.ts'

/**
 * Decodes a flat column from its first row to its last. Each step of the generator has handed one piece to `use` (whose
 * argument is valid during the call only) and yields the number of its rows. Small row groups share a piece.
 *
 * @param needs says whether any of the rows `from` to `to` (exclusive) is wanted; pages without one are not decoded
 */
export async function* readColumn(
  source: ByteSource,
  footer: Footer,
  leaf: Leaf,
  use: (column: DecodedColumn, firstRow: number) => void,
  needs: (from: number, to: number) => boolean = () => true,
): AsyncGenerator<number> {
  const file = new VirtualFile(leaf)
  const buffers = readBuffers(footer)
  const width = valueWidth(leaf.type, leaf.typeLength)
  let row = 0
  const decode = (): number => {
    const rows = file.values
    let decoded = 0
    decodeFlatColumn(file.bytes(), width, (column) => {
      decoded += column.rows
      if (decoded <= rows) use(column, row - rows + decoded - column.rows)
    })
    if (decoded !== rows) {
      throw new RefusedError(
        'corrupt',
        `the file is damaged: pages of column ${quoted(pathOf(leaf))} state ${rows} values and hold ${decoded}`,
      )
    }
    file.clear()
    return rows
  }
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const rows = footer.groupRows[i]!
    if (!needs(row, row + rows)) {
      if (file.values > 0) yield decode()
      row += rows
      continue
    }
    const group = rowGroup(footer, i)
    const chunk = columnChunk(footer, group, leaf)
    checkCodec(chunk.codec, `column ${quoted(pathOf(leaf))}`)
    let enough = PIECE_ROWS
    if (!file.hasRoom && file.values > 0) yield decode()
    file.startChunk(chunk.codec)
    for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) {
      if (page.kind === DICTIONARY_PAGE) {
        file.setDictionary(page)
        // a dictionary is decoded anew for every piece: one larger than the piece would make that the main work
        enough = Math.max(enough, page.values, page.uncompressedLength / 8)
        continue
      }
      if (!needs(row, row + page.values)) {
        if (file.values > 0) yield decode()
        row += page.values
        continue
      }
      file.add(page)
      row += page.values
      if (file.isFull(enough)) yield decode()
    }
  }
  if (file.values > 0) yield decode()
}
