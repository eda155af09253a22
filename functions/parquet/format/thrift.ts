/**
 * Structs in Thrift's compact protocol, as far as parquet uses it, read and written without a schema.
 *
 * A struct is kept as spans of its bytes: a field is decoded when it is asked for, and an edited struct copies every
 * other field byte for byte. So unknown fields survive, and a footer of 100,000 row groups costs a scan, not a tree.
 *
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { concatBytes } from '../../shared/concat-bytes.ts'
import { BINARY, BYTE, damagedMetadata, FALSE, I16, I32, I64, LIST, Scanner, STRUCT, TRUE } from './thrift-scanner.ts'
import { varint } from './varint.ts'

/** parquet.thrift has field numbers up to 20; a hostile struct has a field for each of its bytes. */
const MAX_FIELDS = 1024

const emptyBytes = new Uint8Array(0)
const textDecoder = new TextDecoder()
const utf8 = new TextEncoder()

/** An encoded value: its compact-protocol type and its bytes. */
export interface ThriftValue {
  readonly type: number
  readonly raw: Uint8Array
}

/** A list as arrays that together are its bytes. */
interface LongList {
  readonly type: number
  readonly arrays: readonly Uint8Array[]
}

/** By field. */
type Changes<Value> = Readonly<Record<number, Value | undefined>>

interface FieldSpan {
  readonly id: number
  readonly type: number
  readonly start: number
  readonly end: number
}

const INTEGERS = [BYTE, I16, I32, I64]
const BOOLEANS = [TRUE, FALSE]
const BINARIES = [BINARY]
const STRUCTS = [STRUCT]
const LISTS = [LIST]

export class ThriftStruct {
  readonly #bytes: Uint8Array
  readonly #fields: FieldSpan[] = []
  readonly start: number
  /** Offset of the first byte after the struct. */
  readonly end: number

  /** Reads the spans of one struct's fields. Throws `TruncatedThrift` when the bytes end first. */
  constructor(bytes: Uint8Array, start = 0, limit = bytes.length) {
    const scanner = new Scanner(bytes, start, limit)
    this.#bytes = bytes
    this.start = start
    for (let id = 0; ; ) {
      const head = scanner.byte()
      if (head === 0) break
      id = head >> 4 === 0 ? scanner.safeInteger() : id + (head >> 4)
      const from = scanner.at
      scanner.skip(head & 15, 0, false)
      if (this.#fields.length === MAX_FIELDS) throw damagedMetadata(`a struct has more than ${MAX_FIELDS} fields`)
      if (this.#field(id)) throw damagedMetadata(`a struct has field ${id} twice`)
      this.#fields.push({ id, type: head & 15, start: from, end: scanner.at })
    }
    this.end = scanner.at
  }

  #field(id: number): FieldSpan | undefined {
    for (let i = 0; i < this.#fields.length; i++) if (this.#fields[i]!.id === id) return this.#fields[i]
    return undefined
  }

  /** A field of another type counts as missing. */
  #find(id: number, types: readonly number[]): FieldSpan | undefined {
    const field = this.#field(id)
    return field && types.includes(field.type) ? field : undefined
  }

  has(id: number): boolean {
    return this.#field(id) !== undefined
  }

  /** Ids present, in file order. For a union, its one member. */
  ids(): number[] {
    return this.#fields.map((field) => field.id)
  }

  raw(): Uint8Array {
    return this.#bytes.subarray(this.start, this.end)
  }

  value(id: number): ThriftValue | undefined {
    const field = this.#field(id)
    return field && { type: field.type, raw: this.#bytes.subarray(field.start, field.end) }
  }

  /** An integer of any width, refused when a double cannot hold it exactly. */
  integer(id: number): number | undefined {
    const field = this.#find(id, INTEGERS)
    if (!field) return undefined
    if (field.type === BYTE) return (this.#bytes[field.start]! << 24) >> 24
    const value = new Scanner(this.#bytes, field.start, field.end).safeInteger()
    if (Number.isNaN(value)) {
      const exact = new Scanner(this.#bytes, field.start, field.end).integer()
      throw damagedMetadata(`a count, size or offset is ${exact}, larger than any file`)
    }
    return value
  }

  /** A boolean. */
  boolean(id: number): boolean | undefined {
    const field = this.#find(id, BOOLEANS)
    return field && field.type === TRUE
  }

  /** A view of the bytes, not a copy. */
  binary(id: number): Uint8Array | undefined {
    const field = this.#find(id, BINARIES)
    if (!field) return undefined
    const scanner = new Scanner(this.#bytes, field.start, field.end)
    const length = scanner.size()
    return this.#bytes.subarray(scanner.at, scanner.at + length)
  }

  text(id: number): string | undefined {
    const bytes = this.binary(id)
    return bytes && textDecoder.decode(bytes)
  }

  struct(id: number): ThriftStruct | undefined {
    const field = this.#find(id, STRUCTS)
    return field && new ThriftStruct(this.#bytes, field.start, field.end)
  }

  /** The elements of a list as bare values, each a view of the bytes. */
  list(id: number): ThriftValue[] | undefined {
    const field = this.#find(id, LISTS)
    if (!field) return undefined
    const scanner = new Scanner(this.#bytes, field.start, field.end)
    const { type, count } = scanner.listHeader()
    const values: ThriftValue[] = []
    for (let i = 0; i < count; i++) {
      const start = scanner.at
      scanner.skip(type, 0, true)
      values.push({ type, raw: this.#bytes.subarray(start, scanner.at) })
    }
    return values
  }

  /** How many elements a list has; 0 when there is no such list. */
  listLength(id: number): number {
    const field = this.#find(id, LISTS)
    return field ? new Scanner(this.#bytes, field.start, field.end).listHeader().count : 0
  }

  structs(id: number): ThriftStruct[] | undefined {
    return this.list(id)?.map(asStruct)
  }

  integers(id: number): number[] | undefined {
    return this.list(id)?.map(({ type, raw }) => {
      if (type !== I16 && type !== I32 && type !== I64)
        throw damagedMetadata(`list ${id} holds type ${type}, not integers`)
      return new Scanner(raw, 0, raw.length).safeInteger()
    })
  }

  /** Views of the bytes, not copies. */
  binaries(id: number): Uint8Array[] | undefined {
    return this.list(id)?.map(({ type, raw }) => {
      if (type !== BINARY) throw damagedMetadata(`list ${id} holds type ${type}, not text`)
      const scanner = new Scanner(raw, 0, raw.length)
      const length = scanner.size()
      return raw.subarray(scanner.at, scanner.at + length)
    })
  }

  texts(id: number): string[] | undefined {
    return this.binaries(id)?.map((bytes) => textDecoder.decode(bytes))
  }

  /** The struct with some fields replaced, added, or (undefined) removed; every other field keeps its bytes. */
  with(changes: Changes<ThriftValue>): ThriftValue {
    return { type: STRUCT, raw: concatBytes(this.arraysWith(changes)) }
  }

  /** The same as arrays that together are its bytes: those of a footer of 100,000 row groups are not copied. */
  arraysWith(changes: Changes<ThriftValue | LongList>): Uint8Array[] {
    const fields = new Map<number, ThriftValue | LongList | undefined>(this.ids().map((id) => [id, this.value(id)]))
    for (const [id, value] of Object.entries(changes)) fields.set(Number(id), value)
    return fieldArrays([...fields].sort(([a], [b]) => a - b))
  }
}

export function asStruct(value: ThriftValue): ThriftStruct {
  if (value.type !== STRUCT) throw damagedMetadata(`a list holds type ${value.type}, not structs`)
  return new ThriftStruct(value.raw)
}

// nearly every struct holds these, so they are made once
const oneByte = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const smallVarints = Array.from({ length: 256 }, (_, value) => varint(value))

/** @param value a safe integer below 2^52 in magnitude */
function zigzag(value: number): Uint8Array {
  const unsigned = value < 0 ? -value * 2 - 1 : value * 2
  return smallVarints[unsigned] ?? varint(unsigned)
}

type Fields = Iterable<readonly [id: number, value: ThriftValue | LongList | undefined]>

/** @param fields in ascending order of their ids */
function fieldArrays(fields: Fields): Uint8Array[] {
  const arrays: Uint8Array[] = []
  let last = 0
  for (const [id, value] of fields) {
    if (!value) continue
    const delta = id - last
    if (delta > 0 && delta < 16) arrays.push(oneByte[(delta << 4) | value.type]!)
    else arrays.push(Uint8Array.of(value.type), zigzag(id))
    if ('raw' in value) arrays.push(value.raw)
    else for (const array of value.arrays) arrays.push(array)
    last = id
  }
  arrays.push(oneByte[0]!)
  return arrays
}

/** Constructors of values, named after the thrift types. */
export const thrift = {
  i8: (value: number): ThriftValue => ({ type: BYTE, raw: Uint8Array.of(value) }),
  i32: (value: number): ThriftValue => ({ type: I32, raw: zigzag(value) }),
  i64: (value: number): ThriftValue => ({ type: I64, raw: zigzag(value) }),
  boolean: (value: boolean): ThriftValue => ({ type: value ? TRUE : FALSE, raw: emptyBytes }),
  binary: (value: Uint8Array | string): ThriftValue => {
    const bytes = typeof value === 'string' ? utf8.encode(value) : value
    return { type: BINARY, raw: concatBytes([varint(bytes.length), bytes]) }
  },
  /** @param elements all of one type; an empty list is one of structs */
  list: (elements: readonly ThriftValue[]): ThriftValue => {
    return { type: LIST, raw: concatBytes(thrift.longList(elements).arrays) }
  },
  /** The same without a copy of its elements. */
  longList: (elements: readonly ThriftValue[]): LongList => {
    const type = elements[0]?.type ?? STRUCT
    const { length } = elements
    const head = length < 15 ? [oneByte[(length << 4) | type]!] : [oneByte[0xf0 | type]!, varint(length)]
    return { type: LIST, arrays: [...head, ...elements.map((element) => element.raw)] }
  },
  // JavaScript lists integer keys in ascending order
  struct: (fields: Changes<ThriftValue>): ThriftValue => ({
    type: STRUCT,
    raw: concatBytes(fieldArrays(Object.entries(fields).map(([id, value]) => [Number(id), value] as const))),
  }),
}
