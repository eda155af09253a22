/** Files whose footer says something else of their column chunks. */
import { ThriftStruct, type ThriftValue, thrift } from '../functions/parquet/format/thrift.ts'

const ROW_GROUPS = 4
const COLUMNS = 1

/** @param changesOf the fields of a ColumnChunk that get another value, or none */
export function editChunks(
  file: Uint8Array,
  changesOf: (chunk: ThriftStruct, rowGroup: number) => Readonly<Record<number, ThriftValue | undefined>>,
): Uint8Array {
  const end = file.length - 8
  const start = end - Buffer.from(file.buffer, file.byteOffset, file.byteLength).readUInt32LE(end)
  const footer = new ThriftStruct(file.subarray(start, end))
  const groups = footer.structs(ROW_GROUPS)!.map((group, i) => {
    const chunks = group.structs(COLUMNS)!.map((chunk) => chunk.with(changesOf(chunk, i)))
    return group.with({ [COLUMNS]: thrift.list(chunks) })
  })
  const bytes = footer.with({ [ROW_GROUPS]: thrift.list(groups) }).raw
  const tail = Buffer.from('....PAR1')
  tail.writeUInt32LE(bytes.length)
  return new Uint8Array(Buffer.concat([file.subarray(0, start), bytes, tail]))
}

/** The column's name; those of nested ones with dots. */
export function chunkName(chunk: ThriftStruct): string {
  return chunk.struct(3)!.texts(3)!.join('.')
}
