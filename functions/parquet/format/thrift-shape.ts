/** Checks a Thrift struct, and every struct in it, against a description of its fields. */
import { RefusedError } from '../../shared/errors.ts'
import {
  BINARY,
  BYTE,
  damagedMetadata,
  FALSE,
  I16,
  I32,
  I64,
  LIST,
  Scanner,
  STRUCT,
  TRUE,
  TruncatedThrift,
} from './thrift-scanner.ts'

/** The fields of a struct by their numbers. A struct may have other fields, too. */
export interface Shape {
  readonly required?: Readonly<Record<number, FieldShape>>
  readonly optional?: Readonly<Record<number, FieldShape>>
  /** Optional fields that nothing here depends on: one of another type is skipped with a warning. */
  readonly informative?: Readonly<Record<number, FieldShape>>
}

/** An enumeration: the names of its values by number, undefined for a number without a value. */
export interface EnumShape {
  readonly enum: string
  readonly values: readonly (string | undefined)[]
}

type ElementShape = keyof typeof TYPE_NUMBERS | EnumShape | Shape
type FieldShape = ElementShape | readonly [ElementShape]

const TYPE_NUMBERS = { boolean: TRUE, i8: BYTE, i16: I16, i32: I32, i64: I64, binary: BINARY } as const

/** A shape in the form that the scan looks up: arrays by field number. */
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
      of.types[at] = typeof element === 'string' ? TYPE_NUMBERS[element] : 'enum' in element ? I32 : STRUCT
      if (typeof element !== 'string') of.inner[at] = 'enum' in element ? element : compile(element)
    }
    if (isListShape(field)) {
      // the elements are described like a field 0
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

/** The place of a value. It becomes text only for a message, because page headers are checked by the million. */
interface FieldPlace {
  readonly within: FieldPlace | string
  readonly id: number
}

function placeName(place: FieldPlace | string): string {
  return typeof place === 'string' ? place : `${placeName(place.within)}.${place.id}`
}

/** Checks the value of field `id` and moves past it. */
function checkValue(
  scanner: Scanner,
  type: number,
  shape: CompiledShape | EnumShape | undefined,
  within: FieldPlace | string,
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

function checkStruct(scanner: Scanner, shape: CompiledShape, what: FieldPlace | string): void {
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
        throw damagedMetadata(`field ${placeName(what)}.${id} has type ${type}, not ${expected}`)
      }
      // readers generated from parquet.thrift do the same
      scanner.skip(type, 0, false)
      scanner.onPassedOver?.(`field ${placeName(what)}.${id}`)
      continue
    }
    seen |= 1 << id
    checkValue(scanner, type, shape.inner[id], what, id)
  }
  for (const id of shape.required) {
    if ((seen & (1 << id)) === 0) throw damagedMetadata(`field ${placeName(what)}.${id} is missing`)
  }
}

function checkList(scanner: Scanner, { types, inner }: CompiledShape, what: FieldPlace): void {
  const { type, count } = scanner.listHeader()
  if (count > scanner.end - scanner.at) throw new TruncatedThrift()
  if (count > 0 && type !== types[0])
    throw damagedMetadata(`list ${placeName(what)} holds type ${type}, not ${types[0]}`)
  for (let i = 0; i < count; i++) {
    const element = inner[0]
    if (element && !('enum' in element)) checkStruct(scanner, element, what)
    else if (element) checkValue(scanner, type, element, what, i)
    else scanner.skip(type, 0, true)
  }
}

/**
 * Checks that a struct, and every struct in it, has all required fields, and that its fields have the right types.
 * Informative fields of another type are skipped.
 * @param what name of the struct for messages
 * @param onPassedOver called with the name of each skipped field
 * @throws RefusedError `corrupt`, naming the field by the numbers that lead to it, or `unsupported` for an unknown
 * number of an enumeration
 */
export function checkShape(
  bytes: Uint8Array,
  shape: Shape,
  what: string,
  onPassedOver?: (field: string) => void,
): void {
  checkStruct(new Scanner(bytes, 0, bytes.length, onPassedOver), compile(shape), what)
}
