/** Which rows go; row numbers count through the file. */
export interface RowFilter {
  has(row: number): boolean
  countIn(from: number, to: number): number
  keptRanges(from: number, to: number): readonly (readonly [start: number, end: number])[]
}
