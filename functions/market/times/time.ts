/** Times as exact 64-bit integers. */

/**
 * Times of a piece: the same memory as 64-bit integers and as pairs of 32-bit words (low, high). Loops compare the
 * words, because a BigInt per row would cost more than the indicator.
 */
export interface Times {
  readonly values: BigInt64Array
  readonly words: Int32Array
}

/** Rows of `out` from index `at` on; the first of them is row `firstRow` of the file. */
export interface TimesPiece {
  readonly out: Times
  readonly at: number
  readonly rows: number
  readonly firstRow: number
}

export function newTimes(rows: number): Times {
  return timesIn(new ArrayBuffer(8 * rows), rows)
}

/** @param memory at least 8 bytes for each row */
export function timesIn(memory: ArrayBuffer, rows: number): Times {
  return { values: new BigInt64Array(memory, 0, rows), words: new Int32Array(memory, 0, 2 * rows) }
}

/** a < b */
export function isBefore(lowA: number, highA: number, lowB: number, highB: number): boolean {
  return highA < highB || (highA === highB && lowA >>> 0 < lowB >>> 0)
}

/** a - b as words; if a is not before b, those of an unsigned number, which may be above the largest signed one */
export function minus(lowA: number, highA: number, lowB: number, highB: number): [low: number, high: number] {
  const borrow = lowA >>> 0 < lowB >>> 0 ? 1 : 0
  return [(lowA - lowB) | 0, (highA - highB - borrow) | 0]
}

export function wordsToBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}

/** Rounded to a double: for statistics only. */
export function wordsToNumber(low: number, high: number): number {
  return high * 2 ** 32 + (low >>> 0)
}

/** Writes a whole number with an absolute value below 2^63 to `out`. */
export function setNumber({ words }: Times, index: number, value: number): void {
  const high = Math.floor(value / 2 ** 32)
  words[2 * index] = value - high * 2 ** 32
  words[2 * index + 1] = high
}

/** 64 bits of nanoseconds reach from 1677-09-21 to 2262-04-11. */
const MAX_NANO_SECONDS = 9_223_372_036

/**
 * Writes seconds and nanoseconds (0 to 999,999,999) to `out` as nanoseconds.
 * @returns false when they do not fit
 */
export function setNanos({ words }: Times, index: number, seconds: number, nanos: number): boolean {
  if (!(seconds < MAX_NANO_SECONDS && seconds >= -MAX_NANO_SECONDS)) return false
  // multiplies in parts that a double holds exactly
  const upper = Math.floor(seconds / 2 ** 16)
  const product = upper * 1e9
  const high = Math.floor(product / 2 ** 16)
  const rest = (product - high * 2 ** 16) * 2 ** 16 + (seconds - upper * 2 ** 16) * 1e9 + nanos
  const carry = Math.floor(rest / 2 ** 32)
  words[2 * index] = rest - carry * 2 ** 32
  words[2 * index + 1] = high + carry
  return true
}
