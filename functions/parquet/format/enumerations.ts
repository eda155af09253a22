/**
 * The enumerations of parquet.thrift: names by number, and the numbers that the code uses.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const
export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

/** CompressionCodec. */
export const COMPRESSIONS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export const ENCODINGS = [
  'PLAIN',
  undefined,
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
] as const
export const [PLAIN, PLAIN_DICTIONARY, RLE] = [0, 2, 3] as const
export const [DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY] = [5, 6, 7] as const
export const [RLE_DICTIONARY, BYTE_STREAM_SPLIT] = [8, 9] as const

export const PAGE_TYPES = ['DATA_PAGE', 'INDEX_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE_V2'] as const
export const [DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 1, 2, 3] as const

/** FieldRepetitionType. */
export const REPETITIONS = ['REQUIRED', 'OPTIONAL', 'REPEATED'] as const
export const [REQUIRED, OPTIONAL, REPEATED] = [0, 1, 2] as const

/** The types of before LogicalType. pyarrow wrote `nulls`, which is not in parquet.thrift, from 2018 to 2020 for columns of nulls. */
export const CONVERTED_TYPE = {
  utf8: 0,
  map: 1,
  mapKeyValue: 2,
  list: 3,
  enum: 4,
  decimal: 5,
  date: 6,
  timeMillis: 7,
  timeMicros: 8,
  timestampMillis: 9,
  timestampMicros: 10,
  uint8: 11,
  uint16: 12,
  uint32: 13,
  uint64: 14,
  int8: 15,
  int16: 16,
  int32: 17,
  int64: 18,
  json: 19,
  bson: 20,
  interval: 21,
  nulls: 24,
} as const
