/** What can be set about an enrichment, wherever it runs. */
import type { ColumnChoices } from '../market/columns.ts'
import { DEFINITIONS, type Definition, type SupertrendParameters } from '../market/supertrend.ts'
import { quoted, RefusedError } from '../shared/errors.ts'

export const CODEC_CHOICES = ['auto', 'UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW'] as const
export const KEEP = ['first', 'last'] as const

export interface EnrichSettings {
  /** At least one. */
  readonly supertrends: readonly SupertrendParameters[]
  /** Of the new columns; `auto`: what the file's prices are compressed with, if common readers know it. */
  readonly codec: (typeof CODEC_CHOICES)[number]
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
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed are ${allowed.join(', ')}`)
  }
  return value
}

/** `PERIOD,MULTIPLIER` or `PERIOD,MULTIPLIER,DEFINITION`. */
export function parseSupertrend(text: string, name: string, definition: Definition): SupertrendParameters {
  const [period, multiplier, own, ...rest] = text.split(',')
  if (period === undefined || multiplier === undefined || rest.length > 0) {
    throw new RefusedError(
      'settings',
      `${name} is ${quoted(text)}; allowed is PERIOD,MULTIPLIER or PERIOD,MULTIPLIER,DEFINITION`,
    )
  }
  return {
    definition: own === undefined ? definition : parseDefinition(own, name),
    period: parsePeriod(period, name),
    multiplier: parseMultiplier(multiplier, name),
  }
}

export const parseDefinition = (text: string, name: string) => parseOneOf(text, name, DEFINITIONS)
export const parseKeep = (text: string, name: string) => parseOneOf(text, name, KEEP)
export const parseCodec = (text: string, name: string) => parseOneOf(text, name, CODEC_CHOICES)
