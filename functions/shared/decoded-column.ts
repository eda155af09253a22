/** Decoded rows of a column, as functions/parquet hands them on. */

/**
 * Rows of one column, mostly in Arrow's layout. `values` are raw little-endian values; packed bits for booleans; the bytes
 * of byte arrays, in any order. Valid only until the callback that gets it returns.
 */
export interface DecodedColumn {
  readonly rows: number
  readonly values: Uint8Array
  /** Where the byte array of each row begins in `values`, which several rows may share; undefined for other types. */
  readonly starts?: Int32Array | undefined
  /** Where it ends (exclusive). */
  readonly ends?: Int32Array | undefined
  /** One bit per row, least significant first, 1 = has a value; undefined when all rows have one. */
  readonly validity: Uint8Array | undefined
  /**
   * For each row the number of its dictionary entry, which no entry of another dictionary has; -1 for a row without one.
   * Undefined when no row has one. Rows with the same number have the same bytes.
   */
  readonly entries?: Float64Array | undefined
}

/**
 * Rows of a column of any shape, level by level: a list has `offsets` into its child, a struct has a child with as many
 * rows, and values have no child. A column without rows has none of these.
 */
export interface NestedColumn {
  readonly rows: number
  readonly validity: Uint8Array | undefined
  readonly offsets: Int32Array | undefined
  readonly values: Uint8Array | undefined
  readonly child: NestedColumn | undefined
}

export function isValid(column: DecodedColumn, row: number): boolean {
  return column.validity === undefined || (column.validity[row >> 3]! & (1 << (row & 7))) !== 0
}
