/**
 * Reads the new columns back from the output while it is written, with parquet-wasm: a reader that shares no code with
 * their writer. The decoded values must equal the computed ones.
 *
 * Only digests of both are held, so the read-back takes no memory that grows with the file.
 */
import type { BytePieces } from '../../shared/byte-source.ts'
import { ReadBackError } from '../../shared/errors.ts'
import type { PlacedColumns } from '../write/added-columns.ts'
import { type ColumnDigest, newDigests } from './column-digest.ts'

export class ReadBack {
  /** Digests of the computed values, one for each new column. The caller fills them while it writes the columns. */
  readonly computed: readonly ColumnDigest[]

  constructor(columns: PlacedColumns) {
    this.computed = newDigests(columns)
  }

  /**
   * Yields the bytes of the output and checks them. The last piece, without which it is not a parquet file, follows
   * only after all new columns are right.
   * @param start offset of the first byte in the file
   * @param piecesWith makes the output with these columns
   * @throws ReadBackError
   */
  async *checked(
    writer: PlacedColumns,
    start: number,
    memoryBudgetBytes: number,
    piecesWith: (writer: PlacedColumns) => BytePieces,
  ): AsyncGenerator<Uint8Array> {
    // parquet-wasm is loaded only for files that are read back
    const { ReadBackPass } = await import('./read-back-pass.ts')
    const pass = new ReadBackPass(writer, this.computed[0]!.rows, memoryBudgetBytes)
    let at = start
    let isRight = false
    for await (const piece of piecesWith(pass.writer)) {
      pass.take(piece, at)
      at += piece.length
      if (!isRight && pass.isLast(piece)) {
        this.#compare(pass.finish(piece))
        isRight = true
      }
      yield piece
    }
    if (!isRight) throw new ReadBackError(undefined, 'the output ends without a footer')
  }

  #compare(found: readonly { readonly name: string; readonly digest: ColumnDigest }[]): void {
    for (const [i, { name, digest }] of found.entries()) {
      const rows = this.computed[i]!.firstDifference(digest)
      if (!rows) continue
      const where = `of the rows ${rows.from} to ${rows.to - 1} (the first is row 0)`
      throw new ReadBackError(name, `parquet-wasm decodes another value in at least one ${where}`)
    }
  }
}
