/** Values that a footer must have. */
import { RefusedError } from '../../shared/errors.ts'

export function damagedFooter(what: string): RefusedError {
  return new RefusedError('corrupt', `the file's footer is damaged: ${what}`)
}

export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw damagedFooter(`${what} is missing`)
  return value
}

export function requiredCount(value: number | undefined, what: string): number {
  const n = required(value, what)
  if (n < 0) throw damagedFooter(`${what} is ${n}`)
  return n
}
