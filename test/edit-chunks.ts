/** Changes what the footer of a file states about its column chunks. */
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA, ROW_GROUP } from '../functions/parquet/format/fields.ts'
import { ThriftStruct, type ThriftValue, thrift } from '../functions/parquet/format/thrift.ts'

/** @param changesOf the fields of a ColumnChunk that get another value, or none */
export function editChunks(
  file: Uint8Array,
  changesOf: (chunk: ThriftStruct, rowGroup: number) => Readonly<Record<number, ThriftValue | undefined>>,
): Uint8Array {
  const end = file.length - 8
  const start = end - Buffer.from(file.buffer, file.byteOffset, file.byteLength).readUInt32LE(end)
  const footer = new ThriftStruct(file.subarray(start, end))
  const groups = footer.structs(FILE_METADATA.rowGroups)!.map((group, i) => {
    const chunks = group.structs(ROW_GROUP.columns)!.map((chunk) => chunk.with(changesOf(chunk, i)))
    return group.with({ [ROW_GROUP.columns]: thrift.list(chunks) })
  })
  const bytes = footer.with({ [FILE_METADATA.rowGroups]: thrift.list(groups) }).raw
  const tail = Buffer.from('....PAR1')
  tail.writeUInt32LE(bytes.length)
  return new Uint8Array(Buffer.concat([file.subarray(0, start), bytes, tail]))
}

/** The column's name; those of nested ones with dots. */
export function chunkName(chunk: ThriftStruct): string {
  return chunk.struct(COLUMN_CHUNK.metadata)!.texts(COLUMN_META.pathInSchema)!.join('.')
}
