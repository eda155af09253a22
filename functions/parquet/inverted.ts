import type { RowFilter } from './compact.ts'

/** The same filter the other way round: the rows that went stay, those that stayed go. */
export function inverted(filter: RowFilter): RowFilter {
  return {
    has: (row) => !filter.has(row),
    countIn: (from, to) => to - from - filter.countIn(from, to),
    *keptRanges(from, to) {
      let start = 0
      for (const [end, next] of filter.keptRanges(from, to)) {
        if (end > start) yield [start, end]
        start = next
      }
      if (to - from > start) yield [start, to - from]
    },
  }
}
