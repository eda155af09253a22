/** A file whose footer does not say where the page indexes of some columns are, as outputs were once written. */
import { ThriftStruct, thrift } from '../../functions/parquet/thrift.ts'

const OFFSET_INDEX_OFFSET = 4
const OFFSET_INDEX_LENGTH = 5
const COLUMN_INDEX_OFFSET = 6
const COLUMN_INDEX_LENGTH = 7

export function withoutIndexes(file: Uint8Array, names: readonly string[]): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const end = file.length - 8
  const start = end - view.getUint32(end, true)
  const footer = new ThriftStruct(file.subarray(start, end))
  const groups = footer.structs(4)!.map((group) => {
    const chunks = group.structs(1)!.map((chunk) => {
      const isNamed = names.includes(chunk.struct(3)!.texts(3)!.join('.'))
      return chunk.with(isNamed ? NO_INDEXES : {})
    })
    return group.with({ 1: thrift.list(chunks) })
  })
  const bytes = footer.with({ 4: thrift.list(groups) }).raw
  const tail = Buffer.alloc(8, 'PAR1PAR1')
  tail.writeUInt32LE(bytes.length)
  return new Uint8Array(Buffer.concat([file.subarray(0, start), bytes, tail]))
}

const NO_INDEXES = {
  [OFFSET_INDEX_OFFSET]: undefined,
  [OFFSET_INDEX_LENGTH]: undefined,
  [COLUMN_INDEX_OFFSET]: undefined,
  [COLUMN_INDEX_LENGTH]: undefined,
}
