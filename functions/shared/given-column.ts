/** Columns that a program gives to the library. These types mention no others, so that the package exports few. */

/** The type of a column: `int64` takes bigints and numbers, `boolean` booleans, the others numbers. */
export type ColumnType = 'float64' | 'float32' | 'int32' | 'int64' | 'boolean'

/** A value for each row, in the order of the file. A typed array has no nulls; in other arrays null and undefined are. */
export type GivenValues =
  | Float64Array
  | Float32Array
  | Int32Array
  | BigInt64Array
  | readonly (number | bigint | boolean | null | undefined)[]

/** Compressions of new columns that all common readers have. */
export type ColumnCodec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD' | 'LZ4_RAW'
