/** The files that a program gives to the library. */
import { type ByteSource, sourceOf } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import { carryAfter } from './carry-after.ts'
import type { Carry } from './sequence.ts'

type GivenBytes = ByteSource | Uint8Array

interface GivenCarry {
  readonly carry?: boolean
  readonly after?: GivenBytes | readonly GivenBytes[]
  readonly forgetAfter?: number
}

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

/**
 * @returns undefined for a file that is in no sequence
 * @throws RefusedError when the options do not go together, or there is no state to continue from
 */
export async function givenCarry(
  { carry = false, after, forgetAfter }: GivenCarry,
  memoryBudgetBytes: number,
): Promise<Carry | undefined> {
  const refuse = (what: string) => {
    throw new RefusedError('settings', what)
  }
  if (typeof carry !== 'boolean') refuse(`carry is ${JSON.stringify(carry)}; allowed is true, false`)
  if (after === null) refuse('after is null; allowed are an enriched file, its state, or a list')
  if (after === undefined && !carry) {
    if (forgetAfter !== undefined) refuse('forgetAfter goes with carry or after')
    return undefined
  }
  const previous = after === undefined ? [] : isList(after) ? after : [after]
  if (after !== undefined && previous.length === 0 && !carry) {
    refuse('after is an empty list; the first file of a sequence takes carry: true')
  }
  const sources = previous.map((each, at) => givenSource(each, isList(after!) ? `after[${at}]` : 'after'))
  return carryAfter(sources, memoryBudgetBytes, forgetAfter)
}

function isList(after: GivenBytes | readonly GivenBytes[]): after is readonly GivenBytes[] {
  return Array.isArray(after)
}
