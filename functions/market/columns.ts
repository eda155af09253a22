/** Which columns of a file play which part: found by the names that market files use, or named by the user. */
import { quoted, RefusedError } from '../shared/errors.ts'
import { partsOfTuple } from '../shared/pandas-tuple.ts'
import { type ColumnDescription, typeName } from './column-values.ts'
import { asNumerals, isPriceColumn, isText } from './prices.ts'
import { dayPartsOf } from './times/day-and-time.ts'
import { isTimeColumn } from './times/time-reader.ts'

const DAY_NAME = 'date'
/** Names of columns that may hold the time of day beside a column of that name that holds the day. */
const WITHIN_DAY_NAMES = ['time', 'ts', 'open_time', 'ts_event']
/** What pandas calls the index of a frame. */
const INDEX_LEVEL = '__index_level_0__'
const INDEX_NAMES = ['index', INDEX_LEVEL]
/** A level without a name of an index of several, in the file or after `reset_index`. */
const UNNAMED_LEVEL = /^(?:__index_level_\d+__|level_\d+)$/
/** In order of preference; compared without case. */
const TIME_NAMES = [
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
const SYMBOL_NAMES = [
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

type PriceRole = keyof typeof PRICE_NAMES

/** Columns that the user named, by the name in the file. Columns that are not named are found by their usual names. */
export interface ColumnChoices {
  /** The time of a bar. Two names: a date and a time of day. */
  readonly time?: string | readonly string[] | undefined
  /**
   * The column whose values are the series. Several names: each different combination of values is a series. `none`: the
   * file is one series, whatever its columns.
   */
  readonly symbol?: string | readonly string[] | undefined
  /** The open price. */
  readonly open?: string | undefined
  /** The high price. */
  readonly high?: string | undefined
  /** The low price. */
  readonly low?: string | undefined
  /** The close price. */
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

/**
 * @param castPrices whether prices may be text
 * @throws RefusedError `columns`, saying what was found and how to name the column
 */
export function chooseColumns(
  columns: readonly ColumnDescription[],
  choices: ColumnChoices,
  castPrices = false,
): MarketColumns {
  const isPrice = (index: number) => isPriceColumn(castPrices ? asNumerals(columns[index]!) : columns[index]!)
  const [namedTime, timeOfDay] = namedTimes(columns, choices.time)
  const time = namedTime ?? find(columns, 'time', TIME_NAMES, optionOf('time'), timeSpellings(columns))
  if (time === undefined) throw missing(columns, 'time', TIME_NAMES)
  if (timeOfDay === undefined) checkTime(columns, time, choices.time !== undefined)
  const price = (role: PriceRole): number | undefined => {
    const named = chosen(columns, role, choices[role])
    // nothing is computed from the open price: where it is not clear, there is none
    const isOptional = role === 'open'
    const index = named ?? find(columns, role, PRICE_NAMES[role], isOptional ? undefined : optionOf(role))
    if (index !== undefined && !isPrice(index)) {
      if (isOptional && named === undefined) return undefined
      throw notNumeric(columns[index]!, role)
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
    timeOfDay,
    suspectedTime: choices.time === undefined ? timeWithinDay(columns, time) : undefined,
    timeIsIndex: choices.time === undefined && INDEX_NAMES.includes(timeSpellings(columns)[time]!),
    high,
    low,
    close,
    open: price('open'),
    volume: volume !== undefined && isPriceColumn(columns[volume]!) ? volume : undefined,
    series: seriesColumns(columns, choices.symbol),
  }
}

function notNumeric(column: ColumnDescription, role: PriceRole): RefusedError {
  const name = quoted(column.name)
  const cast = isText(column)
    ? `; text that holds numbers is read with --cast-prices (in the function: castPrices: true), or made numbers, in pandas with df[${name}] = pandas.to_numeric(df[${name}])`
    : ''
  return new RefusedError(
    'columns',
    `the ${role} column ${described(column)} is not numeric; allowed are integers, floats and decimals; name another column with ${optionOf(role)}${cast}`,
  )
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
      `--time-column names ${names.length} columns, ${names.map(quoted).join(', ')}; allowed are one, or a date and a time of day, behind which AM or PM may be written`,
    )
  }
  const named = names.map((name) => chosen(columns, 'time', name)!)
  if (named.length < 2) return named
  const parts = named.map((index) => dayPartsOf(columns[index]!))
  const other = parts.findIndex((of) => of.length === 0)
  if (other >= 0) {
    throw new RefusedError(
      'columns',
      `the time column ${described(columns[named[other]!]!)} holds neither days nor times of day; allowed are dates, text, integers and durations, or one timestamp column alone`,
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
  const spellings = spellingsOf(columns)
  if (spellings[time] !== DAY_NAME) return undefined
  const index = spellings.findIndex((spelling) => WITHIN_DAY_NAMES.includes(spelling))
  return index < 0 ? undefined : index
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
  const timeOfDay = columns.find(({ logical, isField }) => logical.kind === 'time' && !isField)
  if (!named && column.logical.kind === 'date' && timeOfDay) {
    throw new RefusedError(
      'columns',
      `the time is in two columns, ${described(column)} and ${described(timeOfDay)}; name both: --time-column ${quoted(column.name)} --time-column ${quoted(timeOfDay.name)} (in the function: columns.time, a list), or the first alone if the day is meant`,
    )
  }
}

/** How columns are named for a part, on the command line and in the function. */
export function naming(role: 'time' | 'symbol', names: readonly string[]): string {
  const options = names.map((name) => `--${role}-column ${/^[\w.-]+$/.test(name) ? name : quoted(name)}`)
  const setting = names.length === 1 ? quoted(names[0]!) : `[${names.map(quoted).join(', ')}]`
  return `${options.join(' ')} (in the function: columns.${role}: ${setting})`
}

/** How a column is named, on the command line and in the function. */
function optionOf(role: keyof ColumnChoices): string {
  return `--${role}-column (in the function: columns.${role})`
}

/**
 * How each column is named so that no other one is meant: by its name, and where several have that, with a number behind
 * it. `close#2` is the second of them.
 */
export function columnNames(columns: readonly ColumnDescription[]): string[] {
  const counts = new Map<string, number>()
  for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
  const numbers = new Map<string, number>()
  return columns.map(({ name }) => {
    if (counts.get(name) === 1) return name
    for (let number = (numbers.get(name) ?? 0) + 1; ; number++) {
      numbers.set(name, number)
      const numbered = `${name}#${number}`
      // another column may have that for its name
      if (!counts.has(numbered)) return numbered
    }
  })
}

/** The column of that name, one at the top level before a field of a struct; or the one that `columnNames` calls so. */
function chosen(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  name: string | undefined,
): number | undefined {
  if (name === undefined) return undefined
  const ofName = columns.flatMap((column, index) => (column.name === name ? [index] : []))
  const atTop = ofName.filter((index) => !columns[index]!.isField)
  const matches = atTop.length > 0 ? atTop : ofName
  if (matches.length === 1) return matches[0]!
  const names = columnNames(columns)
  const numbered = names.indexOf(name)
  if (numbered >= 0) return numbered
  const isStruct = columns.some((column) => column.isField && column.name.startsWith(`${name}.`))
  const problem =
    matches.length > 0
      ? `${matches.length} columns are named ${quoted(name)}; say which, such as ${quoted(names[matches[0]!]!)}`
      : isStruct
        ? `${quoted(name)} is a struct; name one of its fields`
        : `there is no column ${quoted(name)}`
  throw new RefusedError('columns', `--${role}-column: ${problem}; the file has ${list(columns)}`)
}

/** The one column that carries the first of `names` that any carries. Two of them are refused if `option` can decide. */
function find(
  columns: readonly ColumnDescription[],
  role: string,
  names: readonly string[],
  option: string | undefined,
  spellings = spellingsOf(columns),
): number | undefined {
  for (const name of names) {
    const matches = spellings.flatMap((spelling, index) => (spelling === name ? [index] : []))
    if (matches.length === 1) return matches[0]
    if (matches.length > 1) {
      if (option === undefined) return undefined
      const first = quoted(columnNames(columns)[matches[0]!]!)
      throw new RefusedError(
        'columns',
        `${matches.length} columns could be the ${role}: ${list(columns, matches)}; name one with ${option}, such as ${first}`,
      )
    }
  }
  return undefined
}

/** The same, where levels without a name that hold points in time are called as the only one is, and others are not. */
function timeSpellings(columns: readonly ColumnDescription[]): string[] {
  const spellings = spellingsOf(columns)
  const isLevel = (index: number) => UNNAMED_LEVEL.test(spellings[index]!)
  const isMoment = ({ logical: { kind }, physical }: ColumnDescription) =>
    kind === 'timestamp' || kind === 'date' || kind === 'period' || physical === 'INT96'
  if (!columns.some((column, index) => isLevel(index) && isMoment(column))) return spellings
  return spellings.map((spelling, index) =>
    isLevel(index) ? (isMoment(columns[index]!) ? INDEX_LEVEL : '') : spelling,
  )
}

/**
 * The names in lower case; of pandas' tuples, such as `('Close', 'AAPL')`, the level that has the names of prices; of
 * fields of structs none, as these are used only if they are named.
 */
function spellingsOf(columns: readonly ColumnDescription[]): string[] {
  const names = columns.map(({ name }) => (partsOfTuple(name) ?? [name]).map((part) => part.toLowerCase()))
  const level = roleLevel(names.filter((parts) => parts.length > 1))
  // a column that was an index has a name on the first level only, and a flat name has no other
  return names.map((parts, i) => (columns[i]!.isField ? '' : parts[level] || parts.find((part) => part !== '') || ''))
}

/** The level that names the most prices, the first of several such: a ticker may be called LOW. */
function roleLevel(tuples: readonly (readonly string[])[]): number {
  const levels = tuples.reduce((most, parts) => Math.max(most, parts.length), 1)
  const prices = Array.from({ length: levels }, (_, level) => {
    const found = new Set(tuples.map((parts) => parts[level] ?? ''))
    return Object.values(PRICE_NAMES).filter((names) => names.some((name) => found.has(name))).length
  })
  return prices.indexOf(Math.max(...prices))
}

function missing(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  names: readonly string[],
): RefusedError {
  const field = columns.find(
    ({ name, isField }) => isField && names.includes(name.slice(name.lastIndexOf('.') + 1).toLowerCase()),
  )
  const example = field ? `, such as ${quoted(field.name)}` : ''
  return new RefusedError(
    'columns',
    `no ${role} column: none is called ${names.join(', ')}; the file has ${list(columns)}; name the column with ${optionOf(role)}${example}`,
  )
}

export function described(column: ColumnDescription, name = column.name): string {
  return `${quoted(name)} (${typeName(column)})`
}

/** @param some positions of those that are listed; all, if left out */
function list(columns: readonly ColumnDescription[], some: readonly number[] = [...columns.keys()]): string {
  if (some.length === 0) return 'no columns'
  const names = columnNames(columns)
  const shown = some.slice(0, 20).map((index) => described(columns[index]!, names[index]))
  return some.length > 20 ? `${shown.join(', ')} and ${some.length - 20} more` : shown.join(', ')
}
