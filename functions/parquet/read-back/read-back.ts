/**
 * The new columns are read back from the bytes on their way to where they are published, by parquet-wasm: a reader that shares
 * no code with what wrote them. What it decodes has to be what was computed.
 *
 * Neither is held. Sums of both are compared, so that memory depends on the file no more than without it.
 */
import { ReadBackError } from '../../shared/errors.ts'
import type { PlacedColumns } from '../write/output-footer.ts'
import { ColumnDigest } from './column-digest.ts'

export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>
export class ReadBack {
  /** Of the values that were computed, one for each new column: to be fed while they are written. */
  readonly computed: readonly ColumnDigest[]

  /** @param columns how many new columns there are */
  constructor(columns: number) {
    this.computed = Array.from({ length: columns }, () => new ColumnDigest())
  }

  /**
   * The bytes of the output, checked while they pass by. The last of them, without which it is no parquet file, come only
   * when all are right.
   * @param start where in the file they begin
   * @param piecesWith makes them
   * @throws ReadBackError
   */
  async *checked(
    writer: PlacedColumns,
    start: number,
    memoryBudgetBytes: number,
    piecesWith: (writer: PlacedColumns) => Pieces,
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
