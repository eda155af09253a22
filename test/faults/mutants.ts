/** Damaged parquet files, the same for the same seed: files of several writers, each with a few things changed. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA, ROW_GROUP } from '../../functions/parquet/format/fields.ts'
import { asStruct, ThriftStruct, type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'
import { barsFile, random, someBars } from '../parquet-files.ts'
import { craft, marketColumns } from './crafted-file.ts'

export interface Mutant {
  readonly base: string
  readonly mutations: readonly string[]
  readonly bytes: Uint8Array
}

const writers = fileURLToPath(new URL('../golden/writers/', import.meta.url))
const repeated = [...someBars(150), ...someBars(150).slice(100)]
const bases: readonly { name: string; bytes: Uint8Array }[] = [
  ...readdirSync(writers)
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${writers}${name}`)) })),
  { name: 'hyparquet-writer', bytes: barsFile(repeated, { rowGroupSize: 70, pageSize: 200 }) },
  {
    name: 'hyparquet-writer, symbols, not compressed',
    bytes: barsFile(
      repeated.map((bar, i) => ({ ...bar, symbol: ['A', 'BB', null][i % 3]! })),
      { codec: 'UNCOMPRESSED' },
    ),
  },
  { name: 'crafted', bytes: craft({ columns: marketColumns(200), rows: 200 }) },
]

/** An integer from 0 to below the number. */
type Below = (limit: number) => number

export function mutant(seed: number): Mutant {
  const next = random(seed)
  const below: Below = (limit) => Math.floor(next() * limit)
  const { name, bytes } = bases[below(bases.length)]!
  let mutated = bytes
  const mutations: string[] = []
  for (let count = 1 + below(3); count > 0; count--) {
    const [mutation, mutate] = MUTATIONS[below(MUTATIONS.length)]!
    mutated = mutate(mutated, below)
    mutations.push(mutation)
  }
  return { base: name, mutations, bytes: mutated }
}

const MUTATIONS: readonly (readonly [name: string, mutate: (bytes: Uint8Array, below: Below) => Uint8Array])[] = [
  ['bytes flipped', (bytes, below) => flip(bytes, 0, bytes.length, below)],
  ['bytes of the footer flipped', (bytes, below) => flip(bytes, footerStart(bytes), bytes.length - 8, below)],
  ['cut', (bytes, below) => bytes.slice(0, below(bytes.length))],
  ['a range copied to another place', copyRange],
  ['a range taken out', takeOut],
  ['a field of the footer changed', changeFooter],
  ['a field of the footer changed', changeFooter],
  ['a field of the footer changed', changeFooter],
  ['a field of a page header changed', changePageHeader],
  ['a field of a page header changed', changePageHeader],
]

function flip(bytes: Uint8Array, from: number, to: number, below: Below): Uint8Array {
  const flipped = bytes.slice()
  if (to <= from) return flipped
  for (let count = 1 + below(4); count > 0; count--) flipped[from + below(to - from)]! ^= 1 << below(8)
  return flipped
}

function copyRange(bytes: Uint8Array, below: Below): Uint8Array {
  const copied = bytes.slice()
  const length = below(Math.min(2000, bytes.length))
  const from = below(bytes.length - length)
  copied.copyWithin(below(bytes.length - length), from, from + length)
  return copied
}

function takeOut(bytes: Uint8Array, below: Below): Uint8Array {
  const from = below(bytes.length)
  return new Uint8Array(Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(100))]))
}

/** Where the footer begins; somewhere in the file, if an earlier mutation has hit its length. */
function footerStart(bytes: Uint8Array): number {
  if (bytes.length < 12) return 0
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
  return Math.max(0, bytes.length - 8 - length)
}

function readFooter(bytes: Uint8Array): ThriftStruct | undefined {
  try {
    return new ThriftStruct(bytes, footerStart(bytes), bytes.length - 8)
  } catch {
    return undefined
  }
}

function changeFooter(bytes: Uint8Array, below: Below): Uint8Array {
  const footer = readFooter(bytes)
  if (!footer) return bytes
  const changed = changeStruct(footer, below).raw
  const end = Buffer.from(bytes.slice(-8))
  end.writeUInt32LE(changed.length)
  return new Uint8Array(Buffer.concat([bytes.subarray(0, footer.start), changed, end]))
}

/** Only when the header keeps its length, because the footer states the offset of the next one. */
function changePageHeader(bytes: Uint8Array, below: Below): Uint8Array {
  try {
    const groups = readFooter(bytes)?.structs(FILE_METADATA.rowGroups) ?? []
    const columns = groups[below(groups.length)]?.structs(ROW_GROUP.columns) ?? []
    const meta = columns[below(columns.length)]?.struct(COLUMN_CHUNK.metadata)
    const { dictionaryPageOffset, dataPageOffset } = COLUMN_META
    const at = (below(2) === 0 ? meta?.integer(dictionaryPageOffset) : undefined) ?? meta?.integer(dataPageOffset)
    if (at === undefined) return bytes
    const header = new ThriftStruct(bytes, at)
    for (let attempt = 0; attempt < 10; attempt++) {
      const changed = changeStruct(header, below).raw
      if (changed.length !== header.end - at) continue
      const copy = bytes.slice()
      copy.set(changed, at)
      return copy
    }
  } catch {
    // an earlier mutation has made it unreadable
  }
  return bytes
}

const [BOOLEAN_TRUE, BOOLEAN_FALSE, I8, I16, I32, I64, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 8, 9, 12]

/** The struct with something in it changed, at any depth. */
function changeStruct(struct: ThriftStruct, below: Below): ThriftValue {
  const ids = struct.ids()
  const id = ids[below(ids.length)]
  if (id === undefined) return struct.with({ 1: thrift.i32(below(100)) })
  const value = struct.value(id)!
  const kind = below(12)
  if (kind === 0) return struct.with({ [id]: undefined })
  if (kind === 1) return struct.with({ [id]: undefined, [1 + below(20)]: value })
  return struct.with({ [id]: changeValue(value, below, () => struct.list(id)!) })
}

function changeValue(value: ThriftValue, below: Below, elements: () => ThriftValue[]): ThriftValue {
  switch (value.type) {
    case BOOLEAN_TRUE:
    case BOOLEAN_FALSE:
      return thrift.boolean(value.type === BOOLEAN_FALSE)
    case I8:
      return thrift.i8(below(256))
    case I16:
    case I32:
    case I64:
      return { type: value.type, raw: changeInteger(value.raw, below) }
    case BINARY: {
      const lengths = [0, 1, 8, 100, 70_000]
      return thrift.binary(Uint8Array.from({ length: lengths[below(lengths.length)]! }, () => below(256)))
    }
    case LIST:
      return changeList(elements(), below)
    case STRUCT:
      return changeStruct(asStruct(value), below)
    default:
      return value
  }
}

function changeList(elements: readonly ThriftValue[], below: Below): ThriftValue {
  const list = [...elements]
  const at = below(list.length)
  const element = list[at]
  if (!element) return thrift.list([])
  const kind = below(6)
  if (kind === 0) list.splice(at, 1)
  else if (kind === 1) list.splice(at, 0, element)
  else if (kind === 2) list.reverse()
  else if (element.type === STRUCT) list[at] = changeStruct(asStruct(element), below)
  else if (element.type === BINARY) list[at] = thrift.binary('changed')
  else list[at] = { type: element.type, raw: changeInteger(element.raw, below) }
  return thrift.list(list)
}

function changeInteger(raw: Uint8Array, below: Below): Uint8Array {
  const now = new ThriftStruct(Uint8Array.of(0x16, ...raw, 0)).integer(1) ?? 0
  const values = [
    0,
    1,
    -1,
    2,
    7,
    100,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 40,
    now + 1,
    now - 1,
    now * 2,
    now >> 1,
    below(1e5),
  ]
  return thrift.i64(values[below(values.length)]!).raw
}
