/** Hands the results of the kept rows to the writer of the new columns, row group by row group. */
import type { SupertrendValues } from '../market/supertrend.ts'
import { BLOCK_ROWS } from '../shared/block-rows.ts'
import type { ResultsWriter } from './supertrend-columns.ts'

/** Results of one parameter set, one element per row. */
export type Values = SupertrendValues

export class RowResults {
  readonly #writer: ResultsWriter
  readonly #groupRows: readonly number[]
  readonly #newBlock: () => Values
  /** By parameter set, the results of kept rows side by side; empty while no row has been removed. */
  #kept: readonly Values[] = []
  #group = 0
  #leftInGroup: number

  /**
   * @param groupRows rows of each row group of the input
   * @param newBlock makes room for the results of BLOCK_ROWS rows
   */
  constructor(writer: ResultsWriter, groupRows: readonly number[], newBlock: () => Values) {
    this.#writer = writer
    this.#newBlock = newBlock
    this.#groupRows = groupRows
    this.#leftInGroup = groupRows[0] ?? 0
    this.#endFullGroups()
  }

  /**
   * @param values by parameter set, the results of the next `rows` of the input; they are not changed
   * @param accepted 1 for rows that are kept, undefined when all are
   */
  write(values: readonly Values[], rows: number, accepted: Uint8Array | undefined): void {
    for (let from = 0; from < rows; ) {
      const to = Math.min(rows, from + this.#leftInGroup)
      if (accepted) this.#writeKept(values, from, to, accepted)
      else this.#writer.write(values, from, to)
      this.#leftInGroup -= to - from
      from = to
      this.#endFullGroups()
    }
  }

  #writeKept(values: readonly Values[], from: number, to: number, accepted: Uint8Array): void {
    if (this.#kept.length === 0) this.#kept = values.map(this.#newBlock)
    for (let start = from; start < to; start += BLOCK_ROWS) {
      const end = Math.min(to, start + BLOCK_ROWS)
      let count = 0
      for (let row = start; row < end; row++) {
        if (accepted[row] === 0) continue
        for (let set = 0; set < values.length; set++) copyValue(values[set]!, row, this.#kept[set]!, count)
        count++
      }
      this.#writer.write(this.#kept, 0, count)
    }
  }

  #endFullGroups(): void {
    while (this.#leftInGroup === 0 && this.#group < this.#groupRows.length) {
      this.#writer.endRowGroup()
      this.#leftInGroup = this.#groupRows[++this.#group] ?? 0
    }
  }
}

export function copyValue(from: Values, i: number, to: Values, at: number): void {
  to.line[at] = from.line[i]!
  to.orientation[at] = from.orientation[i]!
  to.segment[at] = from.segment[i]!
  if (!from.further || !to.further) return
  to.further.atr[at] = from.further.atr[i]!
  to.further.flip[at] = from.further.flip[i]!
}
