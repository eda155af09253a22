/**
 * Walks over bytes of Thrift's compact protocol.
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { RefusedError } from '../../shared/errors.ts'

/** Type numbers of the protocol. */
export const TRUE = 1
export const FALSE = 2
export const BYTE = 3
export const I16 = 4
export const I32 = 5
export const I64 = 6
const DOUBLE = 7
export const BINARY = 8
export const LIST = 9
const SET = 10
const MAP = 11
export const STRUCT = 12

/** parquet.thrift nests about ten levels; a hostile file nests until the stack overflows. */
const MAX_STRUCT_DEPTH = 64

export function damagedMetadata(what: string): RefusedError {
  return new RefusedError('corrupt', `the file's metadata is damaged: ${what}`)
}

/** Reads values in order; every read is checked against the end. */
export class Scanner {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** Called with the name of each field that is skipped because it has an unexpected type. */
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
    throw damagedMetadata('a length is larger than 2^31 - 1')
  }

  /** A zigzag varint of up to 64 bits. */
  integer(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw damagedMetadata('an integer is longer than 64 bits')
  }

  /** A zigzag varint as a double, or NaN when a double cannot hold it exactly. Faster than `integer`. */
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
    throw damagedMetadata('an integer is longer than 64 bits')
  }

  skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return
    throw damagedMetadata('an integer is longer than 64 bits')
  }

  listHeader(): { type: number; count: number } {
    const head = this.byte()
    const count = head >> 4 === 15 ? this.size() : head >> 4
    const type = head & 15
    if (type > STRUCT) throw damagedMetadata(`list type ${type} does not exist`)
    return { type, count }
  }

  skip(type: number, depth: number, inCollection: boolean): void {
    if (depth > MAX_STRUCT_DEPTH) throw damagedMetadata(`it is nested more than ${MAX_STRUCT_DEPTH} levels deep`)
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
      case SET:
        this.#skipList(depth)
        return
      case MAP:
        this.#skipMap(depth)
        return
      case STRUCT:
        this.#skipStruct(depth)
        return
      default:
        throw damagedMetadata(`field type ${type} does not exist`)
    }
  }

  #skipList(depth: number): void {
    const { type, count } = this.listHeader()
    // every element takes at least a byte, so a count past the end is refused before the loop
    if (count > this.end - this.at) throw new TruncatedThrift()
    for (let i = 0; i < count; i++) this.skip(type, depth + 1, true)
  }

  #skipMap(depth: number): void {
    const count = this.size()
    if (count === 0) return
    if (count > this.end - this.at) throw new TruncatedThrift()
    const types = this.byte()
    for (let i = 0; i < count; i++) {
      this.skip(types >> 4, depth + 1, true)
      this.skip(types & 15, depth + 1, true)
    }
  }

  #skipStruct(depth: number): void {
    for (let id = 0; ; ) {
      const head = this.byte()
      if (head === 0) return
      id = head >> 4 === 0 ? this.safeInteger() : id + (head >> 4)
      this.skip(head & 15, depth + 1, false)
    }
  }
}

/** The bytes end inside a value. A reader that can get more bytes tries again with them. */
export class TruncatedThrift extends RefusedError {
  constructor() {
    super('corrupt', "the file's metadata is damaged: it ends in the middle of a value")
  }
}
