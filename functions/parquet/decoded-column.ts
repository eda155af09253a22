/** What decoded pages are handed on as. */

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
