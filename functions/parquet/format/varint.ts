/** Unsigned integers in groups of seven bits, the lowest first. Thrift, SNAPPY, wasm and parquet's levels use them. */

export interface Varint {
  /** A double: exact up to 2^53. */
  readonly value: number
  /** Offset of the byte after it. */
  readonly end: number
}

/** @returns undefined when the bytes end inside it */
export function readVarint(bytes: Uint8Array, start: number): Varint | undefined {
  let value = 0
  for (let at = start, scale = 1; at < bytes.length; scale *= 128) {
    const byte = bytes[at++]!
    value += (byte & 127) * scale
    if (byte < 128) return { value, end: at }
  }
  return undefined
}

/** @returns the offset of the byte after it */
export function putVarint(value: number, out: Uint8Array, at: number): number {
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 128
  out[at++] = rest
  return at
}

export function varint(value: number): Uint8Array {
  let length = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++
  const bytes = new Uint8Array(length)
  putVarint(value, bytes, 0)
  return bytes
}
