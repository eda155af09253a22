/**
 * What a footer has to hold for readers generated from parquet.thrift, which many are, to accept it.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import type { Shape } from './thrift.ts'

const keyValue: Shape = { required: { 1: 'binary' }, optional: { 2: 'binary' } }

const timeUnit: Shape = { optional: { 1: {}, 2: {}, 3: {} } }
const time: Shape = { required: { 1: 'boolean', 2: timeUnit } }
const logicalType: Shape = {
  optional: {
    5: { required: { 1: 'i32', 2: 'i32' } },
    7: time,
    8: time,
    10: { required: { 1: 'i8', 2: 'boolean' } },
  },
}

const schemaElement: Shape = {
  required: { 4: 'binary' },
  optional: { 1: 'i32', 2: 'i32', 3: 'i32', 5: 'i32', 6: 'i32', 7: 'i32', 8: 'i32', 9: 'i32', 10: logicalType },
}

const pageEncodingStats: Shape = { required: { 1: 'i32', 2: 'i32', 3: 'i32' } }
const columnMetadata: Shape = {
  required: { 1: 'i32', 2: ['i32'], 3: ['binary'], 4: 'i32', 5: 'i64', 6: 'i64', 7: 'i64', 9: 'i64' },
  optional: { 8: [keyValue], 13: [pageEncodingStats] },
}
const columnChunk: Shape = { required: { 2: 'i64' }, optional: { 1: 'binary', 3: columnMetadata } }
const sortingColumn: Shape = { required: { 1: 'i32', 2: 'boolean', 3: 'boolean' } }
const rowGroup: Shape = {
  required: { 1: [columnChunk], 2: 'i64', 3: 'i64' },
  optional: { 4: [sortingColumn] },
}

export const fileMetadata: Shape = {
  required: { 1: 'i32', 2: [schemaElement], 3: 'i64', 4: [rowGroup] },
  optional: { 5: [keyValue], 6: 'binary' },
}
