/** Rows that are removed. Row numbers count from the first row of the file. */
export interface RowFilter {
  has(row: number): boolean
  countIn(from: number, to: number): number
  keptRanges(from: number, to: number): readonly (readonly [start: number, end: number])[]
}
