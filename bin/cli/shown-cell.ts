/** Formats values of a parquet file as text, with all digits of decimals and times. */
import { printable } from '../../functions/shared/errors.ts'

const MAX_CELL_LENGTH = 40
const MS_NANOS = 1_000_000n

export function shownCell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value instanceof Date) return shownDate(value)
  const isPlain = typeof value !== 'object'
  const json = () => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
  return printable(isPlain ? String(value) : json(), MAX_CELL_LENGTH)
}

/** @param isUtc whether the column states that its times are in UTC; a day without a time has no zone */
export function shownTime(shown: string, isUtc: boolean): string {
  return isUtc && /\dT\d/.test(shown) ? `${shown}Z` : shown
}

function shownDate(date: Date, further = ''): string {
  if (Number.isNaN(date.getTime())) return 'invalid time'
  const iso = date.toISOString()
  return further === '' ? iso.replace(/T00:00:00\.000Z$|\.000Z$|Z$/, '') : iso.replace(/Z$/, further)
}

/** @param nanos since 1970 */
export function shownNanos(nanos: bigint): string {
  // the remainder of a time before 1970 is negative
  const below = ((nanos % MS_NANOS) + MS_NANOS) % MS_NANOS
  const digits = below === 0n ? '' : String(below).padStart(6, '0').replace(/000$/, '')
  return shownDate(new Date(Number((nanos - below) / MS_NANOS)), digits)
}

/** @param unscaled an integer, or its bytes in two's complement, the highest first */
export function shownDecimal(unscaled: number | bigint | Uint8Array, scale: number): string {
  const value = unscaled instanceof Uint8Array ? integerOf(unscaled) : BigInt(unscaled)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const [whole, fraction] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)]
  return `${value < 0n ? '-' : ''}${`${whole}.${fraction}`.replace(/\.?0*$/, '')}`
}

function integerOf(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
  return BigInt.asIntN(8 * bytes.length, unsigned)
}
