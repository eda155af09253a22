/** How figures are written: medians with the rounds that they are of, and whether a target is reached. */
import { median } from './measure.ts'

export function verdict(value: number, target: number): string {
  return value <= target ? `at most ${target}: reached` : `at most ${target}: **missed**`
}

/** The value in two digits, as it is compared. */
export function verdictOf(value: number, target: number | undefined): string {
  return target === undefined ? '' : verdict(Number(value.toFixed(2)), target)
}

/** The median, then every round in the order in which they ran. */
export function rounds(values: readonly number[], digits = 2): string {
  const all = values.map((value) => value.toFixed(digits))
  return all.length === 1 ? `${all[0]} (one run)` : `${median(values).toFixed(digits)} (${all.join(', ')})`
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

export const grouped = (value: number) => value.toLocaleString('en-US')
