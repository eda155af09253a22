/** Which columns of a file play which part: found by the names that market files use, or named by the user. */
import { quoted, RefusedError } from '../shared/errors.ts'
import { type ColumnDescription, typeName } from './column-values.ts'
import { dayPartsOf } from './day-and-time.ts'
import { isPriceColumn } from './prices.ts'
import { isTimeColumn } from './time-reader.ts'

const DAY_NAME = 'date'
/** Names of columns that may hold the time of day beside a column of that name that holds the day. */
const WITHIN_DAY_NAMES = ['time', 'ts', 'open_time', 'ts_event']
/** What pandas calls the index of a frame. */
const INDEX_NAMES = ['index', '__index_level_0__']
/** In order of preference; compared without case. */
export const TIME_NAMES = [
  'datetime',
  'timestamp',
  DAY_NAME,
  ...WITHIN_DAY_NAMES,
  ...INDEX_NAMES,
  'trade_date',
  'window_start',
  't',
]
/**
 * Wide on purpose: a column taken for a symbol by mistake keeps duplicates that could have gone; a symbol not recognised
 * would drop other instruments' bars.
 */
export const SYMBOL_NAMES = [
  'symbol',
  'ticker',
  'sym',
  'tic',
  'instrument_id',
  'instrument',
  'coin',
  'asset',
  'pair',
  'currency_pair',
  'trading_pair',
  'product_id',
  'security',
  'security_id',
  'contract',
  'ts_code',
  'isin',
  'cusip',
  'figi',
  'ric',
  'permno',
  'code',
  'stock',
  'name',
]
export const VENUE_NAMES = ['exchange', 'venue']
const PRICE_NAMES = {
  open: ['open', 'o', 'open_'],
  high: ['high', 'h', 'high_'],
  low: ['low', 'l', 'low_'],
  close: ['close', 'c', 'close_'],
} as const
const VOLUME_NAMES = ['volume', 'vol', 'v', 'volume_']

export type PriceRole = keyof typeof PRICE_NAMES

/** What the user said about columns; what is left out is looked for. */
export interface ColumnChoices {
  /** Two: a date and a time of day. */
  readonly time?: string | readonly string[] | undefined
  /** Several: each different combination of values is a series. `none`: the file is one series, whatever its columns. */
  readonly symbol?: string | readonly string[] | undefined
  readonly open?: string | undefined
  readonly high?: string | undefined
  readonly low?: string | undefined
  readonly close?: string | undefined
}

/** Positions in the list of columns. */
export interface MarketColumns {
  readonly time: number
  /** Whether that is the index of a frame, taken for its name alone: integers may just count the rows. */
  readonly timeIsIndex: boolean
  /** The time of day, where `time` holds the day alone and both were named. */
  readonly timeOfDay: number | undefined
  /** Another one that the time may be in, if the one found holds days: rows of one day are then no duplicates. */
  readonly suspectedTime: number | undefined
  /** None, the symbol, symbol and venue, or any that were named: each different combination of values is a series. */
  readonly series: readonly number[]
  readonly high: number
  readonly low: number
  readonly close: number
  /** Compared between duplicates, where the file has them. */
  readonly open: number | undefined
  readonly volume: number | undefined
}

/** @throws RefusedError `columns`, saying what was found and how to name the column */
export function chooseColumns(columns: readonly ColumnDescription[], choices: ColumnChoices): MarketColumns {
  const [namedTime, timeOfDay] = namedTimes(columns, choices.time)
  const time = namedTime ?? find(columns, 'time', TIME_NAMES, optionOf('time'))
  if (time === undefined) throw missing(columns, 'time', TIME_NAMES)
  if (timeOfDay === undefined) checkTime(columns, time, choices.time !== undefined)
  const price = (role: PriceRole): number | undefined => {
    const named = chosen(columns, role, choices[role])
    const index = named ?? find(columns, role, PRICE_NAMES[role], optionOf(role))
    if (index !== undefined && !isPriceColumn(columns[index]!)) {
      // nothing is computed from it
      if (role === 'open' && named === undefined) return undefined
      throw new RefusedError(
        'columns',
        `the ${role} column ${described(columns[index]!)} is not numeric; allowed are integers, floats and decimals; name another column with ${optionOf(role)}`,
      )
    }
    return index
  }
  const needed = (role: PriceRole): number => {
    const index = price(role)
    if (index === undefined) throw missing(columns, role, PRICE_NAMES[role])
    return index
  }
  const [high, low, close] = [needed('high'), needed('low'), needed('close')]
  const volume = find(columns, 'volume', VOLUME_NAMES, undefined)
  return {
    time,
    timeIsIndex: choices.time === undefined && spellingsOf(columns[time]!.name).some((of) => INDEX_NAMES.includes(of)),
    timeOfDay,
    suspectedTime: choices.time === undefined ? timeWithinDay(columns, time) : undefined,
    high,
    low,
    close,
    open: price('open'),
    volume: volume !== undefined && isPriceColumn(columns[volume]!) ? volume : undefined,
    series: seriesColumns(columns, choices.symbol),
  }
}

/** The columns that were named for a part; a name that is given twice counts once. */
function namesOf(choice: string | readonly string[] | undefined): readonly string[] {
  return choice === undefined ? [] : typeof choice === 'string' ? [choice] : [...new Set(choice)]
}

/** One, or two: the day first, where the types say which it is. */
function namedTimes(columns: readonly ColumnDescription[], choice: ColumnChoices['time']): (number | undefined)[] {
  const names = namesOf(choice)
  if (names.length > 2) {
    throw new RefusedError(
      'settings',
      `--time-column names ${names.length} columns, ${names.map(quoted).join(', ')}; allowed are one, or a date and a time of day`,
    )
  }
  const named = names.map((name) => chosen(columns, 'time', name)!)
  if (named.length < 2) return named
  const parts = named.map((index) => dayPartsOf(columns[index]!))
  const other = parts.findIndex((of) => of.length === 0)
  if (other >= 0) {
    throw new RefusedError(
      'columns',
      `the time column ${described(columns[named[other]!]!)} holds neither days nor times of day; allowed are dates, text and integers, or one timestamp column alone`,
    )
  }
  const [first, second] = parts.map((of) => (of.length === 1 ? of[0] : undefined))
  return first === 'time of day' || second === 'day' ? named.reverse() : named
}

function seriesColumns(columns: readonly ColumnDescription[], choice: ColumnChoices['symbol']): number[] {
  const names = namesOf(choice)
  if (names.includes('none')) {
    if (names.length === 1) return []
    throw new RefusedError(
      'settings',
      `--symbol-column names ${names.map(quoted).join(' and ')}; allowed is "none" alone, or names of columns`,
    )
  }
  if (names.length > 0) {
    return names.map((name) => {
      const named = chosen(columns, 'symbol', name)!
      if (columns[named]!.physical !== 'nested') return named
      throw new RefusedError(
        'columns',
        `the symbol column ${described(columns[named]!)} does not hold one value per row`,
      )
    })
  }
  const flat = columns.map((column) => (column.physical === 'nested' ? { ...column, name: '' } : column))
  const symbol = find(flat, 'symbol', SYMBOL_NAMES, optionOf('symbol'))
  if (symbol === undefined) return []
  const venue = find(flat, 'venue', VENUE_NAMES, optionOf('symbol'))
  return venue === undefined ? [symbol] : [symbol, venue]
}

function timeWithinDay(columns: readonly ColumnDescription[], time: number): number | undefined {
  if (!spellingsOf(columns[time]!.name).includes(DAY_NAME)) return undefined
  const index = columns.findIndex(({ name }) => spellingsOf(name).some((of) => WITHIN_DAY_NAMES.includes(of)))
  return index < 0 ? undefined : index
}

/** @throws RefusedError `columns` when rows were dropped that another column may tell apart */
export function checkDropped(columns: readonly ColumnDescription[], { time, suspectedTime }: MarketColumns): void {
  if (suspectedTime === undefined) return
  const [day, other] = [columns[time]!, columns[suspectedTime]!]
  throw new RefusedError(
    'columns',
    `several rows have the same ${described(day)}, and the time may be in ${described(other)}; write both as one timestamp column, or name ${quoted(day.name)} with ${optionOf('time')} if the day alone is meant`,
  )
}

function checkTime(columns: readonly ColumnDescription[], time: number, named: boolean): void {
  const column = columns[time]!
  if (column.logical.kind === 'time') {
    throw new RefusedError(
      'columns',
      `the time column ${described(column)} does not say of which day; name the column of the day as well: --time-column DAY --time-column ${quoted(column.name)} (in the function: columns.time, a list)`,
    )
  }
  if (!isTimeColumn(column)) {
    throw new RefusedError(
      'columns',
      `the time column ${described(column)} does not hold points in time; allowed are timestamps, dates, integer epochs and text; name another column with ${optionOf('time')}`,
    )
  }
  // a day and a time of day in two columns: the day alone would make every bar but the first of a day a duplicate
  const timeOfDay = columns.find((other) => other.logical.kind === 'time')
  if (!named && column.logical.kind === 'date' && timeOfDay) {
    throw new RefusedError(
      'columns',
      `the time is in two columns, ${described(column)} and ${described(timeOfDay)}; name both: --time-column ${quoted(column.name)} --time-column ${quoted(timeOfDay.name)} (in the function: columns.time, a list), or the first alone if the day is meant`,
    )
  }
}

/** How a column is named, on the command line and in the function. */
export function optionOf(role: keyof ColumnChoices): string {
  return `--${role}-column (in the function: columns.${role})`
}

function chosen(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  name: string | undefined,
): number | undefined {
  if (name === undefined) return undefined
  const matches = columns.flatMap((column, index) => (column.name === name ? [index] : []))
  if (matches.length === 1) return matches[0]!
  const problem =
    matches.length === 0 ? `there is no column ${quoted(name)}` : `${matches.length} columns are named ${quoted(name)}`
  throw new RefusedError('columns', `--${role}-column: ${problem}; the file has ${list(columns)}`)
}

/** The one column that carries the first of `names` that any carries. Two of them are refused if `option` can decide. */
function find(
  columns: readonly ColumnDescription[],
  role: string,
  names: readonly string[],
  option: string | undefined,
): number | undefined {
  const spellings = columns.map((column) => spellingsOf(column.name))
  for (const name of names) {
    const matches = spellings.flatMap((of, index) => (of.includes(name) ? [index] : []))
    if (matches.length === 1) return matches[0]
    if (matches.length > 1) {
      if (option === undefined) return undefined
      const found = matches.map((index) => columns[index]!)
      throw new RefusedError(
        'columns',
        `${matches.length} columns could be the ${role}: ${list(found)}; name one with ${option}`,
      )
    }
  }
  return undefined
}

/** A name in lower case; of pandas' flattened tuples, such as `('Close', 'AAPL')`, each part. */
function spellingsOf(name: string): string[] {
  const lower = name.toLowerCase()
  if (!/^\(.*\)$/s.test(lower)) return [lower]
  return [...lower.matchAll(/'([^']*)'|"([^"]*)"/g)].map((part) => part[1] ?? part[2] ?? '')
}

function missing(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  names: readonly string[],
): RefusedError {
  return new RefusedError(
    'columns',
    `no ${role} column: none is called ${names.join(', ')}; the file has ${list(columns)}; name the column with ${optionOf(role)}`,
  )
}

function described(column: ColumnDescription): string {
  return `${quoted(column.name)} (${typeName(column)})`
}

function list(columns: readonly ColumnDescription[]): string {
  if (columns.length === 0) return 'no columns'
  const shown = columns.slice(0, 20).map(described).join(', ')
  return columns.length > 20 ? `${shown} and ${columns.length - 20} more` : shown
}
