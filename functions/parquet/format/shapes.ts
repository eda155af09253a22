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

const physicalTypeShape: EnumShape = { enum: 'physical type', values: PHYSICAL_TYPES }
const compressionShape: EnumShape = { enum: 'compression', values: COMPRESSIONS }
const encodingShape: EnumShape = { enum: 'encoding', values: ENCODINGS }
const repetitionShape: EnumShape = { enum: 'repetition', values: REPETITIONS }
const pageTypeShape: EnumShape = { enum: 'page type', values: PAGE_TYPES }
const convertedTypeShape: EnumShape = {
  enum: 'converted type',
  values: Array.from({ length: 25 }, (_, i) => (i < 22 || i === CONVERTED_TYPE.nulls ? String(i) : undefined)),
}

const keyValueShape: Shape = { required: { [KEY_VALUE.key]: 'binary' }, informative: { [KEY_VALUE.value]: 'binary' } }

const timeUnitShape: Shape = { optional: { [TIME_UNIT.millis]: {}, [TIME_UNIT.micros]: {}, [TIME_UNIT.nanos]: {} } }
const timeShape: Shape = { required: { [TIME_TYPE.isAdjustedToUtc]: 'boolean', [TIME_TYPE.unit]: timeUnitShape } }
const logicalTypeShape: Shape = {
  optional: {
    [LOGICAL_TYPE.string]: {},
    [LOGICAL_TYPE.map]: {},
    [LOGICAL_TYPE.list]: {},
    [LOGICAL_TYPE.enum]: {},
    [LOGICAL_TYPE.decimal]: { required: { [DECIMAL_TYPE.scale]: 'i32', [DECIMAL_TYPE.precision]: 'i32' } },
    [LOGICAL_TYPE.date]: {},
    [LOGICAL_TYPE.time]: timeShape,
    [LOGICAL_TYPE.timestamp]: timeShape,
    [LOGICAL_TYPE.integer]: { required: { [INT_TYPE.bitWidth]: 'i8', [INT_TYPE.isSigned]: 'boolean' } },
    [LOGICAL_TYPE.unknown]: {},
    [LOGICAL_TYPE.json]: {},
    [LOGICAL_TYPE.bson]: {},
    [LOGICAL_TYPE.uuid]: {},
    [LOGICAL_TYPE.float16]: {},
  },
}

const schemaElementShape: Shape = {
  required: { [SCHEMA_ELEMENT.name]: 'binary' },
  optional: {
    [SCHEMA_ELEMENT.type]: physicalTypeShape,
    [SCHEMA_ELEMENT.typeLength]: 'i32',
    [SCHEMA_ELEMENT.repetitionType]: repetitionShape,
    [SCHEMA_ELEMENT.numChildren]: 'i32',
    [SCHEMA_ELEMENT.convertedType]: convertedTypeShape,
    [SCHEMA_ELEMENT.scale]: 'i32',
    [SCHEMA_ELEMENT.precision]: 'i32',
    [SCHEMA_ELEMENT.logicalType]: logicalTypeShape,
  },
  informative: { [SCHEMA_ELEMENT.fieldId]: 'i32' },
}

const statisticsShape: Shape = {
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
const sizeStatisticsShape: Shape = {
  informative: {
    [SIZE_STATISTICS.unencodedByteArrayDataBytes]: 'i64',
    [SIZE_STATISTICS.repetitionLevelHistogram]: ['i64'],
    [SIZE_STATISTICS.definitionLevelHistogram]: ['i64'],
  },
}
const encodingStatsShape: Shape = {
  required: {
    [PAGE_ENCODING_STATS.pageType]: pageTypeShape,
    [PAGE_ENCODING_STATS.encoding]: encodingShape,
    [PAGE_ENCODING_STATS.count]: 'i32',
  },
}
const columnMetadataShape: Shape = {
  required: {
    [COLUMN_META.type]: physicalTypeShape,
    [COLUMN_META.encodings]: [encodingShape],
    [COLUMN_META.pathInSchema]: ['binary'],
    [COLUMN_META.codec]: compressionShape,
    [COLUMN_META.numValues]: 'i64',
    [COLUMN_META.totalUncompressedSize]: 'i64',
    [COLUMN_META.totalCompressedSize]: 'i64',
    [COLUMN_META.dataPageOffset]: 'i64',
  },
  optional: { [COLUMN_META.dictionaryPageOffset]: 'i64' },
  informative: {
    [COLUMN_META.keyValueMetadata]: [keyValueShape],
    [COLUMN_META.indexPageOffset]: 'i64',
    [COLUMN_META.statistics]: statisticsShape,
    [COLUMN_META.encodingStats]: [encodingStatsShape],
    [COLUMN_META.bloomFilterOffset]: 'i64',
    [COLUMN_META.bloomFilterLength]: 'i32',
    [COLUMN_META.sizeStatistics]: sizeStatisticsShape,
  },
}
const columnChunkShape: Shape = {
  required: { [COLUMN_CHUNK.fileOffset]: 'i64' },
  optional: {
    [COLUMN_CHUNK.filePath]: 'binary',
    [COLUMN_CHUNK.metadata]: columnMetadataShape,
    [COLUMN_CHUNK.encryptedColumnMetadata]: 'binary',
  },
  informative: {
    [COLUMN_CHUNK.offsetIndexOffset]: 'i64',
    [COLUMN_CHUNK.offsetIndexLength]: 'i32',
    [COLUMN_CHUNK.columnIndexOffset]: 'i64',
    [COLUMN_CHUNK.columnIndexLength]: 'i32',
  },
}
const sortingColumnShape: Shape = {
  required: {
    [SORTING_COLUMN.columnIdx]: 'i32',
    [SORTING_COLUMN.descending]: 'boolean',
    [SORTING_COLUMN.nullsFirst]: 'boolean',
  },
}
const rowGroupShape: Shape = {
  required: { [ROW_GROUP.columns]: [columnChunkShape], [ROW_GROUP.totalByteSize]: 'i64', [ROW_GROUP.numRows]: 'i64' },
  informative: {
    [ROW_GROUP.sortingColumns]: [sortingColumnShape],
    [ROW_GROUP.fileOffset]: 'i64',
    [ROW_GROUP.totalCompressedSize]: 'i64',
    [ROW_GROUP.ordinal]: 'i16',
  },
}

export const fileMetadataShape: Shape = {
  required: {
    [FILE_METADATA.version]: 'i32',
    [FILE_METADATA.schema]: [schemaElementShape],
    [FILE_METADATA.numRows]: 'i64',
    [FILE_METADATA.rowGroups]: [rowGroupShape],
  },
  informative: {
    [FILE_METADATA.keyValueMetadata]: [keyValueShape],
    [FILE_METADATA.createdBy]: 'binary',
    [FILE_METADATA.columnOrders]: [{ informative: { [COLUMN_ORDER.typeOrder]: {} } }],
  },
}

export const pageHeaderShape: Shape = {
  required: {
    [PAGE_HEADER.type]: pageTypeShape,
    [PAGE_HEADER.uncompressedPageSize]: 'i32',
    [PAGE_HEADER.compressedPageSize]: 'i32',
  },
  optional: {
    [PAGE_HEADER.crc]: 'i32',
    [PAGE_HEADER.dataPageHeader]: {
      required: {
        [DATA_PAGE_HEADER.numValues]: 'i32',
        [DATA_PAGE_HEADER.encoding]: encodingShape,
        [DATA_PAGE_HEADER.definitionLevelEncoding]: encodingShape,
        [DATA_PAGE_HEADER.repetitionLevelEncoding]: encodingShape,
      },
      informative: { [DATA_PAGE_HEADER.statistics]: statisticsShape },
    },
    [PAGE_HEADER.dictionaryPageHeader]: {
      required: { [DICTIONARY_PAGE_HEADER.numValues]: 'i32', [DICTIONARY_PAGE_HEADER.encoding]: encodingShape },
      informative: { [DICTIONARY_PAGE_HEADER.isSorted]: 'boolean' },
    },
    [PAGE_HEADER.dataPageHeaderV2]: {
      required: {
        [DATA_PAGE_HEADER_V2.numValues]: 'i32',
        [DATA_PAGE_HEADER_V2.numNulls]: 'i32',
        [DATA_PAGE_HEADER_V2.numRows]: 'i32',
        [DATA_PAGE_HEADER_V2.encoding]: encodingShape,
        [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: 'i32',
        [DATA_PAGE_HEADER_V2.repetitionLevelsByteLength]: 'i32',
      },
      optional: { [DATA_PAGE_HEADER_V2.isCompressed]: 'boolean' },
      informative: { [DATA_PAGE_HEADER_V2.statistics]: statisticsShape },
    },
  },
}
