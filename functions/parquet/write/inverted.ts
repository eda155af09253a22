import type { RowFilter } from './row-filter.ts'

/** The opposite filter: it removes the rows that the other one keeps, and keeps the others. */
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
