/** The settings of an enrichment, which the command line, the function and the library share. */
import type { ColumnChoices } from '../market/named-columns.ts'
import { DEFINITIONS, type Definition, type SupertrendParameters } from '../market/supertrend.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import type { NewColumnSettings } from './chosen-columns.ts'

export const CODEC_CHOICES = ['auto', 'UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW'] as const
export const KEEP = ['first', 'last'] as const
export const CONFLICTS = ['refuse', 'drop'] as const
export const ZERO_PRICES = ['missing', 'value'] as const

export interface EnrichSettings extends NewColumnSettings {
  /** At least one. */
  readonly supertrends: readonly SupertrendParameters[]
  /** Compression of the new columns. `auto`: that of the file's prices, if common readers have it. */
  readonly codec: (typeof CODEC_CHOICES)[number]
  /** Which of several rows with the same series and time is kept, in file order. */
  readonly keep: (typeof KEEP)[number]
  /**
   * `refuse`: a file is refused when duplicates with other prices show that a series or a time was not recognised, or when
   * they exceed `conflictLimit`. `drop`: they are removed without these checks.
   */
  readonly conflicts: (typeof CONFLICTS)[number]
  /** Share of a file's rows, 0 to 1, that may be removed although their prices differ from the kept row's. */
  readonly conflictLimit: number
  /** `missing`: a bar whose prices are all 0 has no price. `value`: its prices are 0, as those of a spread may be. */
  readonly zeroPrices: (typeof ZERO_PRICES)[number]
  /** Whether prices may be text that holds numbers. */
  readonly castPrices: boolean
  /**
   * The format of times that are text or the digits of integers, in strptime directives; with two time columns, that of the
   * day. Undefined: ISO 8601 and a few common forms.
   */
  readonly timeFormat?: string | undefined
  /** Whether a file that would give a warning is refused. */
  readonly strict: boolean
  /** Share of the files, 0 to 1, whose new columns are read back before the file is published. */
  readonly readBack: number
  readonly columns: ColumnChoices
  /** Memory for rows that have to be held, in bytes. */
  readonly memoryBudgetBytes: number
}

/** docs/decisions/read-back.md has its cost. */
export const DEFAULT_READ_BACK = 0.05

const DEFAULT_CONFLICT_LIMIT = 0.25

/** The defaults for judging rows. */
export const DEFAULT_JUDGEMENT = {
  keep: 'first',
  conflicts: 'refuse',
  conflictLimit: DEFAULT_CONFLICT_LIMIT,
  zeroPrices: 'missing',
  castPrices: false,
  strict: false,
} as const

export const DEFAULT_SUPERTREND = { definition: 'stockstats', period: 14, multiplier: 3 } as const

/** Parses the text of a setting. `name` is that of the option or variable, for messages. */
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

export function parseShare(text: string, name: string): number {
  const share = text.trim() === '' ? Number.NaN : Number(text)
  if (!(share >= 0 && share <= 1)) {
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed is a number from 0 to 1`)
  }
  return share
}

/** `off`, `on`, or a share of the files. */
export function parseReadBack(text: string, name: string): number {
  const share = text === 'off' ? 0 : text === 'on' ? 1 : text.trim() === '' ? Number.NaN : Number(text)
  if (!(share >= 0 && share <= 1)) {
    throw new RefusedError('settings', `${name} is ${quoted(text)}; allowed are off, on, or a number from 0 to 1`)
  }
  return share
}

/** Accepts any case: pandas, polars and pyarrow write compressions in lower case. */
function parseOneOf<T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const value = allowed.find((value) => value.toLowerCase() === text.trim().toLowerCase())
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
  const within = (part: string) => `the ${part} in ${name} ${quoted(text)}`
  return {
    definition: own === undefined ? definition : parseDefinition(own, within('definition')),
    period: parsePeriod(period, within('period')),
    multiplier: parseMultiplier(multiplier, within('multiplier')),
  }
}

export const parseDefinition = (text: string, name: string) => parseOneOf(text, name, DEFINITIONS)
export const parseConflicts = (text: string, name: string) => parseOneOf(text, name, CONFLICTS)
export const parseZeroPrices = (text: string, name: string) => parseOneOf(text, name, ZERO_PRICES)
export const parseKeep = (text: string, name: string) => parseOneOf(text, name, KEEP)
export const parseCodec = (text: string, name: string) => parseOneOf(text, name, CODEC_CHOICES)
