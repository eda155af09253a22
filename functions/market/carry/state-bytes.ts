/**
 * The bytes of a state, as docs/file-format.md describes them: a header, columns of numbers that start at multiples of 8, and
 * the SHA-256 of all before. Little-endian. Equal states have equal bytes, whatever the files were from which they come.
 */
import { printable, RefusedError } from '../../shared/errors.ts'
import { sha256 } from '../../shared/sha256.ts'
import type { SupertrendParameters } from '../supertrend.ts'
import { CARRIED_UNITS, type CarriedState, newCarriedState } from './carried-state.ts'

/** Raised whenever the layout or the meaning of a field changes: a state of another version cannot be continued. */
export const STATE_VERSION = 1
/** With which a state begins. */
const STATE_MAGIC = 'PSTSTATE'
/** Bytes at the beginning by which `isState` recognises a state. */
export const STATE_START_BYTES = STATE_MAGIC.length
const FIXED_BYTES = 16
const DIGEST_BYTES = 32

/** About 900,000 series with one parameter set. */
const MAX_STATE_BYTES = 64 * 2 ** 20

/** The settings that a state belongs to: those that decide the values of the new columns. */
export type StateSettings = Readonly<Record<string, unknown>> & {
  readonly supertrends: readonly SupertrendParameters[]
}

interface Header {
  readonly settings: StateSettings
  readonly keyTypes: readonly (string | null)[]
  readonly series: number
  readonly keyBytes: number
}

/** Where the sections of a state are. */
interface Layout {
  readonly endsAt: number
  readonly keysAt: number
  readonly numbersAt: number
  /** Without the digest. */
  readonly size: number
}

function layoutOf({ series, keyBytes, settings }: Header, headerLength: number): Layout {
  const endsAt = alignedTo8(FIXED_BYTES + headerLength)
  const keysAt = endsAt + alignedTo8(4 * series)
  const numbersAt = keysAt + alignedTo8(keyBytes)
  const ofTimes = alignedTo8(8 * series) + alignedTo8(series) + alignedTo8(4 * series)
  const ofSet = 6 * alignedTo8(8 * series) + alignedTo8(4 * series) + 2 * alignedTo8(series)
  return { endsAt, keysAt, numbersAt, size: numbersAt + ofTimes + settings.supertrends.length * ofSet }
}

/** @throws RefusedError `state-too-big` */
export function encodeState(state: CarriedState, settings: StateSettings): Uint8Array {
  const { keyTypes, keys } = state
  const keyBytes = keys.reduce((sum, key) => sum + key.length, 0)
  const head: Header = { settings, keyTypes, series: keys.length, keyBytes }
  const header = Buffer.from(JSON.stringify(head))
  const { endsAt, keysAt, numbersAt, size } = layoutOf(head, header.length)
  checkSize(size + DIGEST_BYTES, keys.length)
  const bytes = Buffer.alloc(size + DIGEST_BYTES)
  bytes.write(STATE_MAGIC, 'latin1')
  bytes.writeUInt32LE(STATE_VERSION, 8)
  bytes.writeUInt32LE(header.length, 12)
  header.copy(bytes, FIXED_BYTES)
  for (const [i, end] of keyEnds(keys).entries()) bytes.writeUInt32LE(end, endsAt + 4 * i)
  bytes.write(keys.join(''), keysAt, 'latin1')
  let at = numbersAt
  for (const { buffer, byteOffset, byteLength } of stateArrays(state)) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += alignedTo8(byteLength)
  }
  bytes.set(sha256(bytes.subarray(0, size)), size)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function keyEnds(keys: readonly string[]): number[] {
  let end = 0
  return keys.map((key) => (end += key.length))
}

/** The columns of numbers, in the order of the bytes. */
function stateArrays({ times, units, absent, sets }: CarriedState) {
  return [
    times,
    units,
    absent,
    ...sets.flatMap(({ bars, previousClose, atr, weight, upper, lower, segment, side, orientation }) => [
      ...[bars, previousClose, atr, weight, upper, lower],
      ...[segment, side, orientation],
    ]),
  ]
}

export interface DecodedState {
  readonly state: CarriedState
  readonly settings: StateSettings
}

/** Whether bytes are a state rather than a parquet file. */
export function isState(start: Uint8Array): boolean {
  return Buffer.from(start.subarray(0, STATE_MAGIC.length)).toString('latin1') === STATE_MAGIC
}

/**
 * @param name of the owner of the state, for messages
 * @throws RefusedError `state-version`, `state-damaged` or `state-too-big`
 */
export function decodeState(input: Uint8Array, name: string): DecodedState {
  checkSize(input.length, undefined)
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
  if (bytes.length < FIXED_BYTES + DIGEST_BYTES || !isState(bytes)) {
    throw damagedState(name, 'it does not begin like a state')
  }
  const version = bytes.readUInt32LE(8)
  if (version !== STATE_VERSION) {
    throw new RefusedError(
      'state-version',
      `${name} has a state of version ${version}; this program continues states of version ${STATE_VERSION}; enrich the sequence again from its first file`,
    )
  }
  const size = bytes.length - DIGEST_BYTES
  if (!sha256(bytes.subarray(0, size)).equals(bytes.subarray(size)))
    throw damagedState(name, 'its digest is another one')
  try {
    return decoded(bytes.subarray(0, size))
  } catch (error) {
    throw damagedState(name, error instanceof Error ? printable(error.message) : 'it cannot be read', { cause: error })
  }
}

/** Anyone can make a state with a digest, so nothing is allocated for sizes that the bytes do not have. */
function decoded(bytes: Buffer): DecodedState {
  const headerLength = bytes.readUInt32LE(12)
  const header = JSON.parse(bytes.toString('utf8', FIXED_BYTES, FIXED_BYTES + headerLength)) as Header
  const { settings, keyTypes, series, keyBytes } = header
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
  if (!isCount(series) || !isCount(keyBytes) || !Array.isArray(keyTypes) || !Array.isArray(settings.supertrends)) {
    throw new Error('its header is incomplete')
  }
  const { endsAt, keysAt, numbersAt, size } = layoutOf(header, headerLength)
  if (size !== bytes.length) throw new Error(`it has ${bytes.length} bytes instead of ${size}`)
  const allKeys = bytes.toString('latin1', keysAt, keysAt + keyBytes)
  let from = 0
  const keys = Array.from({ length: series }, (_, i) => {
    const to = bytes.readUInt32LE(endsAt + 4 * i)
    const key = allKeys.slice(from, to)
    from = to
    return key
  })
  const state = newCarriedState(settings.supertrends, keyTypes, keys)
  let at = numbersAt
  for (const { buffer, byteLength } of stateArrays(state)) {
    new Uint8Array(buffer).set(bytes.subarray(at, at + byteLength))
    at += alignedTo8(byteLength)
  }
  if (!keys.every((key, i) => i === 0 || keys[i - 1]! < key)) throw new Error('its series are not in order')
  if (!state.units.every((unit) => unit < CARRIED_UNITS.length)) throw new Error('a time has an unknown unit')
  return { state, settings }
}

/** The digest that a state ends with, as hexadecimal text. */
export function stateDigest(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(bytes.length - DIGEST_BYTES)).toString('hex')
}

function checkSize(size: number, series: number | undefined): void {
  if (size <= MAX_STATE_BYTES) return
  const of = series === undefined ? '' : ` of ${series} series`
  throw new RefusedError(
    'state-too-big',
    `the state${of} has ${size} bytes; allowed are ${MAX_STATE_BYTES}; if the symbol column is not one, name another with --symbol-column NAME; or forget series that ended with --forget-after FILES`,
  )
}

function damagedState(name: string, why: string, options: ErrorOptions = {}): RefusedError {
  return new RefusedError(
    'state-damaged',
    `${name} has a state that is damaged: ${why}; enrich that file again, or get it again from its source`,
    options,
  )
}

function alignedTo8(size: number): number {
  return Math.ceil(size / 8) * 8
}
