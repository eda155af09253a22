/** What can be set about an enrichment, wherever it runs. */
import type { ColumnChoices } from '../market/columns.ts'
import { DEFINITIONS, type SupertrendParameters } from '../market/supertrend.ts'
import { quoted, RefusedError } from '../shared/errors.ts'

export const KEEP = ['first', 'last'] as const

export interface EnrichSettings {
  readonly supertrend: SupertrendParameters
  /** Which of the rows with one series and time stays, in file order. */
  readonly keep: (typeof KEEP)[number]
  readonly columns: ColumnChoices
  /** What may be allocated for rows that have to be held, in bytes. */
  readonly memoryBudgetBytes: number
}

export const DEFAULT_SUPERTREND = { definition: 'stockstats', period: 14, multiplier: 3 } as const

/** A setting as text: from an option or an environment variable, which `name` says. */
export function parsePeriod(text: string, name: string): number {
  const period = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(period) || period < 1) {
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed is an integer from 1 up`)
  }
  return period
}

export function parseMultiplier(text: string, name: string): number {
  const multiplier = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(multiplier) || multiplier <= 0) {
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed is a finite number greater than 0`)
  }
  return multiplier
}

function parseOneOf<T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const value = allowed.find((value) => value === text)
  if (value === undefined) {
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed are ${allowed.join(' and ')}`)
  }
  return value
}

export const parseDefinition = (text: string, name: string) => parseOneOf(text, name, DEFINITIONS)
export const parseKeep = (text: string, name: string) => parseOneOf(text, name, KEEP)
