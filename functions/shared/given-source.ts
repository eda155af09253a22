/** A file that a program gives to the library. */
import { type ByteSource, sourceOf } from './byte-source.ts'

export type GivenBytes = ByteSource | Uint8Array

/** @param name for the message. @throws TypeError */
export function givenSource(bytes: GivenBytes, name: string): ByteSource {
  if (bytes instanceof Uint8Array) return sourceOf(bytes)
  const { byteLength, slice } = (bytes ?? {}) as Partial<ByteSource>
  // both of these have a byteLength and a slice, whose result is no Uint8Array
  const isOther = ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes).endsWith('ArrayBuffer]')
  if (typeof byteLength === 'number' && typeof slice === 'function' && !isOther) return bytes
  const hint = typeof bytes === 'string' ? '; read the file first, for example with readFile of node:fs/promises' : ''
  throw new TypeError(
    `${name} is ${kindOf(bytes)}; allowed is a Uint8Array with the bytes of a file, or an object { byteLength, slice(start, end) }${hint}`,
  )
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? `an object (${value.constructor?.name ?? 'Object'})` : `a ${typeof value}`
}
