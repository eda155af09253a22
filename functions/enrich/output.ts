/** The new columns and the pairs of duplicates while they wait to be written. */
import { newValues, type ValueShape } from '../market/supertrend.ts'
import type { Footer } from '../parquet/format/footer.ts'
import type { ReadBack } from '../parquet/read-back/read-back.ts'
import type { PlacedColumns } from '../parquet/write/added-columns.ts'
import { BLOCK_ROWS } from '../shared/block-rows.ts'
import type { BytePieces } from '../shared/byte-source.ts'
import { PageStore } from '../shared/page-store.ts'
import { digesting } from './digest-results.ts'
import { RowResults } from './row-results.ts'
import type { SupertrendColumns } from './supertrend-columns.ts'

const PAIRS = {
  what: 'the row numbers of duplicates',
  remedy: 'split the file, or allow more space',
  heldBytes: 4 * 1024 * 1024,
}

/** Beyond a limit, pages are on disk. */
export class Output {
  readonly writer: SupertrendColumns
  readonly results: RowResults
  readonly pairs = new PageStore(PAIRS)
  /** Undefined when the new columns are not read back. */
  readonly #readBack: ReadBack | undefined

  constructor(
    writer: SupertrendColumns,
    groupRows: readonly number[],
    shape: ValueShape,
    readBack: ReadBack | undefined,
  ) {
    this.writer = writer
    this.#readBack = readBack
    const results = readBack ? digesting(writer, readBack.computed, writer.keys) : writer
    this.results = new RowResults(results, groupRows, () => newValues(BLOCK_ROWS, shape))
  }

  get isReadBack(): boolean {
    return this.#readBack !== undefined
  }

  /**
   * @param start position of the first byte in the output
   * @param piecesWith yields the bytes
   */
  bytes(start: number, { memoryBudgetBytes }: Footer, piecesWith: (writer: PlacedColumns) => BytePieces): BytePieces {
    if (!this.#readBack) return piecesWith(this.writer)
    return this.#readBack.checked(this.writer, start, memoryBudgetBytes, piecesWith)
  }

  close(): void {
    this.writer.close()
    this.pairs.close()
  }
}
