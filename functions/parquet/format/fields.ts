/**
 * The field numbers of parquet's Thrift structs, one object per struct, with the names of parquet.thrift in camel case.
 * Every read and write of a field goes through them. `shapes.ts` says what type each field has.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

export const FILE_METADATA = {
  version: 1,
  schema: 2,
  numRows: 3,
  rowGroups: 4,
  keyValueMetadata: 5,
  createdBy: 6,
  columnOrders: 7,
  encryptionAlgorithm: 8,
} as const

export const KEY_VALUE = { key: 1, value: 2 } as const

/** A union. */
export const COLUMN_ORDER = { typeOrder: 1 } as const

export const SCHEMA_ELEMENT = {
  type: 1,
  typeLength: 2,
  repetitionType: 3,
  name: 4,
  numChildren: 5,
  convertedType: 6,
  scale: 7,
  precision: 8,
  fieldId: 9,
  logicalType: 10,
} as const

/** A union. */
export const LOGICAL_TYPE = {
  string: 1,
  map: 2,
  list: 3,
  enum: 4,
  decimal: 5,
  date: 6,
  time: 7,
  timestamp: 8,
  integer: 10,
  unknown: 11,
  json: 12,
  bson: 13,
  uuid: 14,
  float16: 15,
} as const

export const DECIMAL_TYPE = { scale: 1, precision: 2 } as const

/** TimeType and TimestampType. */
export const TIME_TYPE = { isAdjustedToUtc: 1, unit: 2 } as const

/** A union. */
export const TIME_UNIT = { millis: 1, micros: 2, nanos: 3 } as const

export const INT_TYPE = { bitWidth: 1, isSigned: 2 } as const

export const ROW_GROUP = {
  columns: 1,
  totalByteSize: 2,
  numRows: 3,
  sortingColumns: 4,
  fileOffset: 5,
  totalCompressedSize: 6,
  ordinal: 7,
} as const

export const SORTING_COLUMN = { columnIdx: 1, descending: 2, nullsFirst: 3 } as const

export const COLUMN_CHUNK = {
  filePath: 1,
  fileOffset: 2,
  metadata: 3,
  offsetIndexOffset: 4,
  offsetIndexLength: 5,
  columnIndexOffset: 6,
  columnIndexLength: 7,
  cryptoMetadata: 8,
  encryptedColumnMetadata: 9,
} as const

/** ColumnMetaData. */
export const COLUMN_META = {
  type: 1,
  encodings: 2,
  pathInSchema: 3,
  codec: 4,
  numValues: 5,
  totalUncompressedSize: 6,
  totalCompressedSize: 7,
  keyValueMetadata: 8,
  dataPageOffset: 9,
  indexPageOffset: 10,
  dictionaryPageOffset: 11,
  statistics: 12,
  encodingStats: 13,
  bloomFilterOffset: 14,
  bloomFilterLength: 15,
  sizeStatistics: 16,
  geospatialStatistics: 17,
} as const

/** `max` and `min` are older than `maxValue` and `minValue`, and compare in an order that depended on the writer. */
export const STATISTICS = {
  max: 1,
  min: 2,
  nullCount: 3,
  distinctCount: 4,
  maxValue: 5,
  minValue: 6,
  isMaxValueExact: 7,
  isMinValueExact: 8,
  nanCount: 9,
} as const

export const SIZE_STATISTICS = {
  unencodedByteArrayDataBytes: 1,
  repetitionLevelHistogram: 2,
  definitionLevelHistogram: 3,
} as const

export const PAGE_ENCODING_STATS = { pageType: 1, encoding: 2, count: 3 } as const

export const PAGE_HEADER = {
  type: 1,
  uncompressedPageSize: 2,
  compressedPageSize: 3,
  crc: 4,
  dataPageHeader: 5,
  dictionaryPageHeader: 7,
  dataPageHeaderV2: 8,
} as const

export const DATA_PAGE_HEADER = {
  numValues: 1,
  encoding: 2,
  definitionLevelEncoding: 3,
  repetitionLevelEncoding: 4,
  statistics: 5,
} as const

export const DATA_PAGE_HEADER_V2 = {
  numValues: 1,
  numNulls: 2,
  numRows: 3,
  encoding: 4,
  definitionLevelsByteLength: 5,
  repetitionLevelsByteLength: 6,
  isCompressed: 7,
  statistics: 8,
} as const

export const DICTIONARY_PAGE_HEADER = { numValues: 1, encoding: 2, isSorted: 3 } as const

export const OFFSET_INDEX = { pageLocations: 1, unencodedByteArrayDataBytes: 2 } as const

export const PAGE_LOCATION = { offset: 1, compressedPageSize: 2, firstRowIndex: 3 } as const

export const COLUMN_INDEX = { nullPages: 1, minValues: 2, maxValues: 3, boundaryOrder: 4, nullCounts: 5 } as const

export const BLOOM_FILTER_HEADER = { numBytes: 1 } as const
