/** Which columns an enrichment adds, and what they are called. */
import { quoted, RefusedError } from '../shared/errors.ts'
import type { NewColumnKey } from '../shared/names.ts'

/**
 * A column of each Supertrend. `ub`, `lb`: the bands. `orientation`: -1 or +1. `segment`: the number of the trend. `atr`: the
 * average true range. `flip`: whether the trend changes its side with the bar.
 */
export type NewColumnWord = 'ub' | 'lb' | 'orientation' | 'segment' | 'atr' | 'flip'

/** The columns of one Supertrend by the words of options and settings, in the order in which they are written. */
const KEYS = {
  ub: 'upperBand',
  lb: 'lowerBand',
  orientation: 'orientation',
  segment: 'segment',
  atr: 'atr',
  flip: 'flip',
} as const satisfies Record<NewColumnWord, NewColumnKey>

export const NEW_COLUMN_WORDS = Object.keys(KEYS) as NewColumnWord[]
export const DEFAULT_NEW_COLUMNS: readonly NewColumnWord[] = ['ub', 'lb', 'orientation', 'segment']

/** Settings of the new columns. Undefined stands for the default, so that equal outputs have equal settings. */
export interface NewColumnSettings {
  /** Undefined: the bands, the orientation and the segment. */
  readonly newColumns?: readonly NewColumnWord[] | undefined
  /** Precedes the name of each new column. */
  readonly columnPrefix?: string | undefined
  /** Whether the bands and the average true range are 64-bit floats instead of 32-bit ones. */
  readonly double?: boolean | undefined
}

/** In the beginning of a name, Athena and Spark take no other characters without quotes. */
const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Names of settings, for messages. */
interface Labels {
  readonly newColumns: string
  readonly columnPrefix: string
}

const LABELS: Labels = { newColumns: 'newColumns', columnPrefix: 'columnPrefix' }

/**
 * @returns the settings that differ from the defaults, the columns in the order in which they are written
 * @throws RefusedError `settings`
 */
export function newColumnSettings(
  { newColumns, columnPrefix, double }: NewColumnSettings,
  labels = LABELS,
): NewColumnSettings {
  const words = checkedWords(newColumns ?? DEFAULT_NEW_COLUMNS, labels)
  const hasPrefix = columnPrefix !== undefined && columnPrefix !== ''
  if (hasPrefix && !PREFIX.test(columnPrefix)) {
    throw new RefusedError(
      'settings',
      `${labels.columnPrefix} is ${quoted(columnPrefix)}; allowed are up to 64 letters, digits and _, without a digit at the beginning`,
    )
  }
  return {
    ...(words.join() === DEFAULT_NEW_COLUMNS.join() ? {} : { newColumns: words }),
    ...(hasPrefix ? { columnPrefix } : {}),
    ...(double ? { double } : {}),
  }
}

function checkedWords(words: readonly string[], labels: Labels): NewColumnWord[] {
  const chosen = NEW_COLUMN_WORDS.filter((word) => words.includes(word))
  if (chosen.length === words.length && chosen.length > 0) return chosen
  const given = quoted(words.join())
  throw new RefusedError(
    'settings',
    `${labels.newColumns} is ${given}; allowed are one or more of ${NEW_COLUMN_WORDS.join()}, each once`,
  )
}

/** The chosen columns, in the order in which they are written. */
export function chosenKeys({ newColumns = DEFAULT_NEW_COLUMNS }: NewColumnSettings): NewColumnKey[] {
  return NEW_COLUMN_WORDS.filter((word) => newColumns.includes(word)).map((word) => KEYS[word])
}

/** The names that the columns of one Supertrend get in the file, in their order there. */
export type NewColumnNames = { readonly [key in NewColumnKey]?: string }

/** The columns that have a name, in their order. */
export function namedKeys(names: NewColumnNames): NewColumnKey[] {
  return Object.keys(names) as NewColumnKey[]
}

/** Whether the columns that a list of flips and a chart need are among the chosen ones. */
export function hasTrend({ newColumns = DEFAULT_NEW_COLUMNS }: NewColumnSettings): boolean {
  return DEFAULT_NEW_COLUMNS.every((word) => newColumns.includes(word))
}
