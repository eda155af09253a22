/**
 * What a footer and a page header have to hold for readers generated from parquet.thrift, which most are, to accept it. What is not listed
 * here is carried along as it is.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import type { EnumShape, Shape } from './thrift.ts'

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

export const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const

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

const physicalType: EnumShape = { enum: 'physical type', values: PHYSICAL_TYPES }
const codec: EnumShape = { enum: 'codec', values: CODECS }
const encoding: EnumShape = { enum: 'encoding', values: ENCODINGS }
const repetition: EnumShape = { enum: 'repetition', values: ['REQUIRED', 'OPTIONAL', 'REPEATED'] }
const pageType: EnumShape = {
  enum: 'page type',
  values: ['DATA_PAGE', 'INDEX_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE_V2'],
}
/** pyarrow wrote it from 2018 to 2020 for columns that hold nothing but nulls. */
export const CONVERTED_NULLS = 24
const convertedType: EnumShape = {
  enum: 'converted type',
  values: Array.from({ length: 25 }, (_, i) => (i < 22 || i === CONVERTED_NULLS ? String(i) : undefined)),
}

const keyValue: Shape = { required: { 1: 'binary' }, informative: { 2: 'binary' } }

const time: Shape = { required: { 1: 'boolean', 2: { optional: { 1: {}, 2: {}, 3: {} } } } }
const logicalType: Shape = {
  optional: {
    1: {},
    2: {},
    3: {},
    4: {},
    5: { required: { 1: 'i32', 2: 'i32' } },
    6: {},
    7: time,
    8: time,
    10: { required: { 1: 'i8', 2: 'boolean' } },
    11: {},
    12: {},
    13: {},
    14: {},
    15: {},
  },
}

const schemaElement: Shape = {
  required: { 4: 'binary' },
  optional: {
    1: physicalType,
    2: 'i32',
    3: repetition,
    5: 'i32',
    6: convertedType,
    7: 'i32',
    8: 'i32',
    10: logicalType,
  },
  informative: { 9: 'i32' },
}

const statistics: Shape = {
  informative: {
    1: 'binary',
    2: 'binary',
    3: 'i64',
    4: 'i64',
    5: 'binary',
    6: 'binary',
    7: 'boolean',
    8: 'boolean',
  },
}
const sizeStatistics: Shape = { informative: { 1: 'i64', 2: ['i64'], 3: ['i64'] } }
const columnMetadata: Shape = {
  required: { 1: physicalType, 2: [encoding], 3: ['binary'], 4: codec, 5: 'i64', 6: 'i64', 7: 'i64', 9: 'i64' },
  optional: { 11: 'i64' },
  informative: {
    8: [keyValue],
    10: 'i64',
    12: statistics,
    13: [{ required: { 1: pageType, 2: encoding, 3: 'i32' } }],
    14: 'i64',
    15: 'i32',
    16: sizeStatistics,
  },
}
const columnChunk: Shape = {
  required: { 2: 'i64' },
  optional: { 1: 'binary', 3: columnMetadata, 9: 'binary' },
  informative: { 4: 'i64', 5: 'i32', 6: 'i64', 7: 'i32' },
}
const sortingColumn: Shape = { required: { 1: 'i32', 2: 'boolean', 3: 'boolean' } }
const rowGroup: Shape = {
  required: { 1: [columnChunk], 2: 'i64', 3: 'i64' },
  informative: { 4: [sortingColumn], 5: 'i64', 6: 'i64', 7: 'i16' },
}

export const fileMetadata: Shape = {
  required: { 1: 'i32', 2: [schemaElement], 3: 'i64', 4: [rowGroup] },
  informative: { 5: [keyValue], 6: 'binary', 7: [{ informative: { 1: {} } }] },
}

const levels = { 2: encoding, 3: encoding, 4: encoding }
export const pageHeader: Shape = {
  required: { 1: pageType, 2: 'i32', 3: 'i32' },
  optional: {
    4: 'i32',
    5: { required: { 1: 'i32', ...levels }, informative: { 5: statistics } },
    7: { required: { 1: 'i32', 2: encoding }, informative: { 3: 'boolean' } },
    8: {
      required: { 1: 'i32', 2: 'i32', 3: 'i32', 4: encoding, 5: 'i32', 6: 'i32' },
      optional: { 7: 'boolean' },
      informative: { 8: statistics },
    },
  },
}
