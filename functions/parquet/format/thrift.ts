/**
 * Thrift's compact protocol, as far as parquet uses it, without a schema.
 *
 * A struct is kept as spans of the bytes it was read from: a field is decoded when somebody asks for it, and an edited
 * struct copies every untouched field byte for byte. So nothing that we do not know is lost, and a footer of 100,000
 * row groups costs a scan, not a tree.
 *
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { RefusedError } from '../../shared/errors.ts'
import { varint } from './varint.ts'

const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const MAP = 11
const STRUCT = 12

/** Fields of parquet.thrift's structs have numbers up to 20; a hostile struct has one for each of its bytes. */
const MAX_FIELDS = 1024
/** parquet.thrift nests about ten levels; a hostile file nests until the stack ends. */
const MAX_DEPTH = 64

const emptyBytes = new Uint8Array(0)
const text = new TextDecoder()
const utf8 = new TextEncoder()

function corrupt(what: string): RefusedError {
  return new RefusedError('corrupt', `the file's metadata is damaged: ${what}`)
}

/** Walks over bytes; every read is checked against the end. */
class Scanner {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** Told of fields that are passed over because they are of another type. */
  readonly onPassedOver: ((field: string) => void) | undefined

  constructor(bytes: Uint8Array, at: number, end: number, onPassedOver?: (field: string) => void) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.onPassedOver = onPassedOver
  }

  byte(): number {
    if (this.at >= this.end) throw new TruncatedThrift()
    return this.bytes[this.at++]!
  }

  advance(count: number): void {
    if (count > this.end - this.at) throw new TruncatedThrift()
    this.at += count
  }

  /** An unsigned varint that must be a length: at most 2^31 - 1. */
  size(): number {
    let value = 0
    for (let scale = 1; scale <= 0x1_0000_0000; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > 0x7fff_ffff) break
        return value
      }
    }
    throw corrupt('a length is larger than 2^31 - 1')
  }

  /** A zigzag varint of up to 64 bits. */
  integer(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw corrupt('an integer is longer than 64 bits')
  }

  /** The same for the common case: the integer as a double, or NaN when it does not fit exactly. */
  safeInteger(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) return Number.NaN
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      scale *= 128
    }
    throw corrupt('an integer is longer than 64 bits')
  }

  skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return
    throw corrupt('an integer is longer than 64 bits')
  }

  listHeader(): { type: number; count: number } {
    const head = this.byte()
    const count = head >> 4 === 15 ? this.size() : head >> 4
    const type = head & 15
    if (type > STRUCT) throw corrupt(`list type ${type} does not exist`)
    return { type, count }
  }

  skip(type: number, depth: number, inCollection: boolean): void {
    if (depth > MAX_DEPTH) throw corrupt(`it is nested more than ${MAX_DEPTH} levels deep`)
    switch (type) {
      case TRUE:
      case FALSE:
        if (inCollection) this.advance(1)
        return
      case BYTE:
        this.advance(1)
        return
      case I16:
      case I32:
      case I64:
        this.skipVarint()
        return
      case DOUBLE:
        this.advance(8)
        return
      case BINARY:
        this.advance(this.size())
        return
      case LIST:
      case SET: {
        const { type, count } = this.listHeader()
        // every element takes at least a byte, so a count past the end is refused before it is looped over
        if (count > this.end - this.at) throw new TruncatedThrift()
        for (let i = 0; i < count; i++) this.skip(type, depth + 1, true)
        return
      }
      case MAP: {
        const count = this.size()
        if (count === 0) return
        if (count > this.end - this.at) throw new TruncatedThrift()
        const types = this.byte()
        for (let i = 0; i < count; i++) {
          this.skip(types >> 4, depth + 1, true)
          this.skip(types & 15, depth + 1, true)
        }
        return
      }
      case STRUCT:
        for (let id = 0; ; ) {
          const head = this.byte()
          if (head === 0) return
          id = head >> 4 === 0 ? this.safeInteger() : id + (head >> 4)
          this.skip(head & 15, depth + 1, false)
        }
      default:
        throw corrupt(`field type ${type} does not exist`)
    }
  }
}

/** The bytes ended inside a value. A reader that has more bytes to offer tries again with them. */
export class TruncatedThrift extends RefusedError {
  constructor() {
    super('corrupt', "the file's metadata is damaged: it ends in the middle of a value")
  }
}

/** What a struct holds, by field id; other fields may be there too. */
export interface Shape {
  readonly required?: Readonly<Record<number, FieldShape>>
  readonly optional?: Readonly<Record<number, FieldShape>>
  /** Optional, and nothing that is read or written depends on it. */
  readonly informative?: Readonly<Record<number, FieldShape>>
}

/** An enumeration: the names of its values by number, undefined where there is none. */
export interface EnumShape {
  readonly enum: string
  readonly values: readonly (string | undefined)[]
}

type ElementShape = keyof typeof TYPES | EnumShape | Shape
type FieldShape = ElementShape | readonly [ElementShape]

const TYPES = { boolean: TRUE, i8: BYTE, i16: I16, i32: I32, i64: I64, binary: BINARY } as const

/** A shape as it is looked up while the bytes are walked over: what each field has to be, which ones have to be there. */
interface CompiledShape {
  readonly types: number[]
  readonly inner: (CompiledShape | EnumShape | undefined)[]
  readonly required: readonly number[]
  readonly informative: readonly number[]
}

const compiledShapes = new WeakMap<Shape, CompiledShape>()

function compile(shape: Shape): CompiledShape {
  const known = compiledShapes.get(shape)
  if (known) return known
  const ids = (fields: Shape['required']) => Object.keys(fields ?? {}).map(Number)
  const compiled: CompiledShape = {
    types: [],
    inner: [],
    required: ids(shape.required),
    informative: ids(shape.informative),
  }
  for (const [id, field] of Object.entries({ ...shape.required, ...shape.optional, ...shape.informative })) {
    const place = (of: CompiledShape, at: number, element: ElementShape) => {
      of.types[at] = typeof element === 'string' ? TYPES[element] : 'enum' in element ? I32 : STRUCT
      if (typeof element !== 'string') of.inner[at] = 'enum' in element ? element : compile(element)
    }
    if (isListShape(field)) {
      // the elements as if they were field 0 of a struct
      const elements: CompiledShape = { types: [], inner: [], required: [], informative: [] }
      place(elements, 0, field[0])
      compiled.types[Number(id)] = LIST
      compiled.inner[Number(id)] = elements
    } else place(compiled, Number(id), field)
  }
  compiledShapes.set(shape, compiled)
  return compiled
}

function isListShape(field: FieldShape): field is readonly [ElementShape] {
  return Array.isArray(field)
}

/** Where a value stands: text is made of it only for a message, since headers of pages are checked by the million. */
interface Place {
  readonly within: Place | string
  readonly id: number
}

function placeName(place: Place | string): string {
  return typeof place === 'string' ? place : `${placeName(place.within)}.${place.id}`
}

/** Walks over the value of field `id`, checking it on the way. */
function checkValue(
  scanner: Scanner,
  type: number,
  shape: CompiledShape | EnumShape | undefined,
  within: Place | string,
  id: number,
): void {
  if (!shape) scanner.skip(type, 0, false)
  else if ('enum' in shape) {
    const value = scanner.safeInteger()
    if (shape.values[value] === undefined) {
      const allowed = shape.values.filter((name) => name !== undefined).join(', ')
      throw new RefusedError(
        'unsupported',
        `the file states the unknown ${shape.enum} ${value}; allowed are ${allowed}`,
      )
    }
  } else if (type === LIST) checkList(scanner, shape, { within, id })
  else checkStruct(scanner, shape, { within, id })
}

function checkStruct(scanner: Scanner, shape: CompiledShape, what: Place | string): void {
  let seen = 0
  for (let id = 0; ; ) {
    const head = scanner.byte()
    if (head === 0) break
    id = head >> 4 === 0 ? scanner.safeInteger() : id + (head >> 4)
    const type = head & 15
    const expected = shape.types[id]
    if (expected === undefined) {
      scanner.skip(type, 0, false)
      continue
    }
    if (type !== expected && !(expected === TRUE && type === FALSE)) {
      if (!shape.informative.includes(id)) {
        throw corrupt(`field ${placeName(what)}.${id} has type ${type}, not ${expected}`)
      }
      // as readers do that are generated from parquet.thrift
      scanner.skip(type, 0, false)
      scanner.onPassedOver?.(`field ${placeName(what)}.${id}`)
      continue
    }
    seen |= 1 << id
    checkValue(scanner, type, shape.inner[id], what, id)
  }
  for (const id of shape.required) {
    if ((seen & (1 << id)) === 0) throw corrupt(`field ${placeName(what)}.${id} is missing`)
  }
}

function checkList(scanner: Scanner, { types, inner }: CompiledShape, what: Place): void {
  const { type, count } = scanner.listHeader()
  if (count > scanner.end - scanner.at) throw new TruncatedThrift()
  if (count > 0 && type !== types[0]) throw corrupt(`list ${placeName(what)} holds type ${type}, not ${types[0]}`)
  for (let i = 0; i < count; i++) {
    const element = inner[0]
    if (element && !('enum' in element)) checkStruct(scanner, element, what)
    else if (element) checkValue(scanner, type, element, what, i)
    else scanner.skip(type, 0, true)
  }
}

/**
 * Checks that a struct, and every struct in it, has what it must have, and nothing of another type but what is only
 * informative, which is passed over.
 * @param what it is, for messages
 * @param onPassedOver told the ids that lead to such a field
 * @throws RefusedError `corrupt`, naming the field by the ids that lead to it, or `unsupported` for an unknown number of an
 * enumeration
 */
export function checkShape(
  bytes: Uint8Array,
  shape: Shape,
  what: string,
  onPassedOver?: (field: string) => void,
): void {
  checkStruct(new Scanner(bytes, 0, bytes.length, onPassedOver), compile(shape), what)
}

/** A value ready to be put into a struct: its compact-protocol type and its bytes. */
export interface ThriftValue {
  readonly type: number
  readonly raw: Uint8Array
}

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
      if (this.#fields.length === MAX_FIELDS) throw corrupt(`a struct has more than ${MAX_FIELDS} fields`)
      if (this.#field(id)) throw corrupt(`a struct has field ${id} twice`)
      this.#fields.push({ id, type: head & 15, start: from, end: scanner.at })
    }
    this.end = scanner.at
  }

  #field(id: number): FieldSpan | undefined {
    for (let i = 0; i < this.#fields.length; i++) if (this.#fields[i]!.id === id) return this.#fields[i]
    return undefined
  }

  /** A field of another type is as good as none. */
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
      throw corrupt(`a count, size or offset is ${exact}, larger than any file`)
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
    return bytes && text.decode(bytes)
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
      if (type !== I16 && type !== I32 && type !== I64) throw corrupt(`list ${id} holds type ${type}, not integers`)
      return new Scanner(raw, 0, raw.length).safeInteger()
    })
  }

  /** Views of the bytes, not copies. */
  binaries(id: number): Uint8Array[] | undefined {
    return this.list(id)?.map(({ type, raw }) => {
      if (type !== BINARY) throw corrupt(`list ${id} holds type ${type}, not text`)
      const scanner = new Scanner(raw, 0, raw.length)
      const length = scanner.size()
      return raw.subarray(scanner.at, scanner.at + length)
    })
  }

  texts(id: number): string[] | undefined {
    return this.binaries(id)?.map((bytes) => text.decode(bytes))
  }

  /** The struct with some fields replaced, added, or (undefined) removed; every other field keeps its bytes. */
  with(changes: Readonly<Record<number, ThriftValue | undefined>>): ThriftValue {
    const fields = new Map<number, ThriftValue | undefined>(this.ids().map((id) => [id, this.value(id)]))
    for (const [id, value] of Object.entries(changes)) fields.set(Number(id), value)
    return encode([...fields].sort(([a], [b]) => a - b))
  }
}

export function asStruct(value: ThriftValue): ThriftStruct {
  if (value.type !== STRUCT) throw corrupt(`a list holds type ${value.type}, not structs`)
  return new ThriftStruct(value.raw)
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

// what nearly every struct holds, made once
const oneByte = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const smallVarints = Array.from({ length: 256 }, (_, value) => varint(value))

/** @param value a safe integer below 2^52 in magnitude */
function zigzag(value: number): Uint8Array {
  const unsigned = value < 0 ? -value * 2 - 1 : value * 2
  return smallVarints[unsigned] ?? varint(unsigned)
}

/** @param fields in ascending order of their ids */
function encode(fields: Iterable<readonly [id: number, value: ThriftValue | undefined]>): ThriftValue {
  const parts: Uint8Array[] = []
  let last = 0
  for (const [id, value] of fields) {
    if (!value) continue
    const delta = id - last
    if (delta > 0 && delta < 16) parts.push(oneByte[(delta << 4) | value.type]!)
    else parts.push(Uint8Array.of(value.type), zigzag(id))
    parts.push(value.raw)
    last = id
  }
  parts.push(oneByte[0]!)
  return { type: STRUCT, raw: concatBytes(parts) }
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
  /** @param elements all of one type; the type of an empty list is that of structs */
  list: (elements: readonly ThriftValue[]): ThriftValue => {
    const type = elements[0]?.type ?? STRUCT
    const { length } = elements
    const head = length < 15 ? [oneByte[(length << 4) | type]!] : [oneByte[0xf0 | type]!, varint(length)]
    return { type: LIST, raw: concatBytes([...head, ...elements.map((element) => element.raw)]) }
  },
  // the keys of an object that are integers come in ascending order
  struct: (fields: Readonly<Record<number, ThriftValue | undefined>>): ThriftValue =>
    encode(Object.entries(fields).map(([id, value]) => [Number(id), value] as const)),
}
