/** Decoded rows of a column, as the parquet side hands them over. */

/**
 * Rows of one column in Arrow's layout: `values` are raw little-endian values, packed bits for booleans, all bytes of all
 * values for byte arrays (`offsets` has their borders, one more than rows). Valid only until the callback that it is
 * given to returns.
 */
export interface DecodedColumn {
  readonly rows: number
  readonly values: Uint8Array
  readonly offsets: Int32Array | undefined
  /** One bit per row, least significant first, 1 = has a value; undefined when all rows have one. */
  readonly validity: Uint8Array | undefined
}

/**
 * The same of a column of any shape, level by level: a list has `offsets` into its child, a struct as many rows as its child,
 * and values have no child. Where there are no rows there is nothing else.
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
