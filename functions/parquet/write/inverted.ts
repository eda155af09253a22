import type { RowFilter } from './row-filter.ts'

/** The same filter the other way round: the rows that went stay, those that stayed go. */
export function inverted(filter: RowFilter): RowFilter {
  return {
    has: (row) => !filter.has(row),
    countIn: (from, to) => to - from - filter.countIn(from, to),
    keptRanges(from, to) {
      const ranges: [start: number, end: number][] = []
      let start = 0
      for (const [end, next] of filter.keptRanges(from, to)) {
        if (end > start) ranges.push([start, end])
        start = next
      }
      if (to - from > start) ranges.push([start, to - from])
      return ranges
    },
  }
}
