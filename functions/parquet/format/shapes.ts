/**
 * The fields of a footer and of a page header. Most readers are generated from parquet.thrift and refuse a file without
 * the required ones. Fields that are not listed here are copied unchanged.
 */

import { COMPRESSIONS, CONVERTED_TYPE, ENCODINGS, PAGE_TYPES, PHYSICAL_TYPES, REPETITIONS } from './enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  COLUMN_ORDER,
  DATA_PAGE_HEADER,
  DATA_PAGE_HEADER_V2,
  DECIMAL_TYPE,
  DICTIONARY_PAGE_HEADER,
  FILE_METADATA,
  INT_TYPE,
  KEY_VALUE,
  LOGICAL_TYPE,
  PAGE_ENCODING_STATS,
  PAGE_HEADER,
  ROW_GROUP,
  SCHEMA_ELEMENT,
  SIZE_STATISTICS,
  SORTING_COLUMN,
  STATISTICS,
  TIME_TYPE,
  TIME_UNIT,
} from './fields.ts'
import type { EnumShape, Shape } from './thrift-shape.ts'

const physicalType: EnumShape = { enum: 'physical type', values: PHYSICAL_TYPES }
const compression: EnumShape = { enum: 'compression', values: COMPRESSIONS }
const encoding: EnumShape = { enum: 'encoding', values: ENCODINGS }
const repetition: EnumShape = { enum: 'repetition', values: REPETITIONS }
const pageType: EnumShape = { enum: 'page type', values: PAGE_TYPES }
const convertedType: EnumShape = {
  enum: 'converted type',
  values: Array.from({ length: 25 }, (_, i) => (i < 22 || i === CONVERTED_TYPE.nulls ? String(i) : undefined)),
}

const keyValue: Shape = { required: { [KEY_VALUE.key]: 'binary' }, informative: { [KEY_VALUE.value]: 'binary' } }

const timeUnit: Shape = { optional: { [TIME_UNIT.millis]: {}, [TIME_UNIT.micros]: {}, [TIME_UNIT.nanos]: {} } }
const time: Shape = { required: { [TIME_TYPE.isAdjustedToUtc]: 'boolean', [TIME_TYPE.unit]: timeUnit } }
const logicalType: Shape = {
  optional: {
    [LOGICAL_TYPE.string]: {},
    [LOGICAL_TYPE.map]: {},
    [LOGICAL_TYPE.list]: {},
    [LOGICAL_TYPE.enum]: {},
    [LOGICAL_TYPE.decimal]: { required: { [DECIMAL_TYPE.scale]: 'i32', [DECIMAL_TYPE.precision]: 'i32' } },
    [LOGICAL_TYPE.date]: {},
    [LOGICAL_TYPE.time]: time,
    [LOGICAL_TYPE.timestamp]: time,
    [LOGICAL_TYPE.integer]: { required: { [INT_TYPE.bitWidth]: 'i8', [INT_TYPE.isSigned]: 'boolean' } },
    [LOGICAL_TYPE.unknown]: {},
    [LOGICAL_TYPE.json]: {},
    [LOGICAL_TYPE.bson]: {},
    [LOGICAL_TYPE.uuid]: {},
    [LOGICAL_TYPE.float16]: {},
  },
}

const schemaElement: Shape = {
  required: { [SCHEMA_ELEMENT.name]: 'binary' },
  optional: {
    [SCHEMA_ELEMENT.type]: physicalType,
    [SCHEMA_ELEMENT.typeLength]: 'i32',
    [SCHEMA_ELEMENT.repetitionType]: repetition,
    [SCHEMA_ELEMENT.numChildren]: 'i32',
    [SCHEMA_ELEMENT.convertedType]: convertedType,
    [SCHEMA_ELEMENT.scale]: 'i32',
    [SCHEMA_ELEMENT.precision]: 'i32',
    [SCHEMA_ELEMENT.logicalType]: logicalType,
  },
  informative: { [SCHEMA_ELEMENT.fieldId]: 'i32' },
}

const statistics: Shape = {
  informative: {
    [STATISTICS.max]: 'binary',
    [STATISTICS.min]: 'binary',
    [STATISTICS.nullCount]: 'i64',
    [STATISTICS.distinctCount]: 'i64',
    [STATISTICS.maxValue]: 'binary',
    [STATISTICS.minValue]: 'binary',
    [STATISTICS.isMaxValueExact]: 'boolean',
    [STATISTICS.isMinValueExact]: 'boolean',
  },
}
const sizeStatistics: Shape = {
  informative: {
    [SIZE_STATISTICS.unencodedByteArrayDataBytes]: 'i64',
    [SIZE_STATISTICS.repetitionLevelHistogram]: ['i64'],
    [SIZE_STATISTICS.definitionLevelHistogram]: ['i64'],
  },
}
const pageEncodingStats: Shape = {
  required: {
    [PAGE_ENCODING_STATS.pageType]: pageType,
    [PAGE_ENCODING_STATS.encoding]: encoding,
    [PAGE_ENCODING_STATS.count]: 'i32',
  },
}
const columnMetadata: Shape = {
  required: {
    [COLUMN_META.type]: physicalType,
    [COLUMN_META.encodings]: [encoding],
    [COLUMN_META.pathInSchema]: ['binary'],
    [COLUMN_META.codec]: compression,
    [COLUMN_META.numValues]: 'i64',
    [COLUMN_META.totalUncompressedSize]: 'i64',
    [COLUMN_META.totalCompressedSize]: 'i64',
    [COLUMN_META.dataPageOffset]: 'i64',
  },
  optional: { [COLUMN_META.dictionaryPageOffset]: 'i64' },
  informative: {
    [COLUMN_META.keyValueMetadata]: [keyValue],
    [COLUMN_META.indexPageOffset]: 'i64',
    [COLUMN_META.statistics]: statistics,
    [COLUMN_META.encodingStats]: [pageEncodingStats],
    [COLUMN_META.bloomFilterOffset]: 'i64',
    [COLUMN_META.bloomFilterLength]: 'i32',
    [COLUMN_META.sizeStatistics]: sizeStatistics,
  },
}
const columnChunk: Shape = {
  required: { [COLUMN_CHUNK.fileOffset]: 'i64' },
  optional: {
    [COLUMN_CHUNK.filePath]: 'binary',
    [COLUMN_CHUNK.metadata]: columnMetadata,
    [COLUMN_CHUNK.encryptedColumnMetadata]: 'binary',
  },
  informative: {
    [COLUMN_CHUNK.offsetIndexOffset]: 'i64',
    [COLUMN_CHUNK.offsetIndexLength]: 'i32',
    [COLUMN_CHUNK.columnIndexOffset]: 'i64',
    [COLUMN_CHUNK.columnIndexLength]: 'i32',
  },
}
const sortingColumn: Shape = {
  required: {
    [SORTING_COLUMN.columnIdx]: 'i32',
    [SORTING_COLUMN.descending]: 'boolean',
    [SORTING_COLUMN.nullsFirst]: 'boolean',
  },
}
const rowGroup: Shape = {
  required: { [ROW_GROUP.columns]: [columnChunk], [ROW_GROUP.totalByteSize]: 'i64', [ROW_GROUP.numRows]: 'i64' },
  informative: {
    [ROW_GROUP.sortingColumns]: [sortingColumn],
    [ROW_GROUP.fileOffset]: 'i64',
    [ROW_GROUP.totalCompressedSize]: 'i64',
    [ROW_GROUP.ordinal]: 'i16',
  },
}

export const fileMetadata: Shape = {
  required: {
    [FILE_METADATA.version]: 'i32',
    [FILE_METADATA.schema]: [schemaElement],
    [FILE_METADATA.numRows]: 'i64',
    [FILE_METADATA.rowGroups]: [rowGroup],
  },
  informative: {
    [FILE_METADATA.keyValueMetadata]: [keyValue],
    [FILE_METADATA.createdBy]: 'binary',
    [FILE_METADATA.columnOrders]: [{ informative: { [COLUMN_ORDER.typeOrder]: {} } }],
  },
}

export const pageHeader: Shape = {
  required: {
    [PAGE_HEADER.type]: pageType,
    [PAGE_HEADER.uncompressedPageSize]: 'i32',
    [PAGE_HEADER.compressedPageSize]: 'i32',
  },
  optional: {
    [PAGE_HEADER.crc]: 'i32',
    [PAGE_HEADER.dataPageHeader]: {
      required: {
        [DATA_PAGE_HEADER.numValues]: 'i32',
        [DATA_PAGE_HEADER.encoding]: encoding,
        [DATA_PAGE_HEADER.definitionLevelEncoding]: encoding,
        [DATA_PAGE_HEADER.repetitionLevelEncoding]: encoding,
      },
      informative: { [DATA_PAGE_HEADER.statistics]: statistics },
    },
    [PAGE_HEADER.dictionaryPageHeader]: {
      required: { [DICTIONARY_PAGE_HEADER.numValues]: 'i32', [DICTIONARY_PAGE_HEADER.encoding]: encoding },
      informative: { [DICTIONARY_PAGE_HEADER.isSorted]: 'boolean' },
    },
    [PAGE_HEADER.dataPageHeaderV2]: {
      required: {
        [DATA_PAGE_HEADER_V2.numValues]: 'i32',
        [DATA_PAGE_HEADER_V2.numNulls]: 'i32',
        [DATA_PAGE_HEADER_V2.numRows]: 'i32',
        [DATA_PAGE_HEADER_V2.encoding]: encoding,
        [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: 'i32',
        [DATA_PAGE_HEADER_V2.repetitionLevelsByteLength]: 'i32',
      },
      optional: { [DATA_PAGE_HEADER_V2.isCompressed]: 'boolean' },
      informative: { [DATA_PAGE_HEADER_V2.statistics]: statistics },
    },
  },
}
