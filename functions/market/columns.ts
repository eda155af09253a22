/** Chooses the time, symbol and price columns of a file: those that the user named, or those with known names. */
import { quoted, RefusedError } from '../shared/errors.ts'
import { spellingsOf, timeSpellings } from './column-spellings.ts'
import type { ColumnDescription } from './column-values.ts'
import {
  DAY_NAME,
  INDEX_NAMES,
  PRICE_NAMES,
  SYMBOL_NAMES,
  TIME_NAMES,
  VENUE_NAMES,
  VOLUME_NAMES,
  WITHIN_DAY_NAMES,
} from './known-names.ts'
import { type ColumnChoices, chosen, describedColumn, findColumn, missingColumn, optionOf } from './named-columns.ts'
import { asNumerals, isPriceColumn, isText } from './prices.ts'
import { timeContentsOf } from './times/day-and-time.ts'
import { isTimeColumn } from './times/time-reader.ts'

type PriceRole = keyof typeof PRICE_NAMES

/** Positions in the list of columns. */
export interface MarketColumns {
  readonly time: number
  /** Whether the time is the index of a frame, chosen by its name alone: integers in it may just be row numbers. */
  readonly timeIsIndex: boolean
  /** The time of day, if the user named two columns and `time` holds the day alone. */
  readonly timeOfDay: number | undefined
  /** Another column that may hold the time, if the one found holds days: rows of one day are no duplicates then. */
  readonly suspectedTime: number | undefined
  /** None, the symbol, symbol and venue, or those that the user named. Each different combination of values is a series. */
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
  const time = namedTime ?? findColumn(columns, 'time', TIME_NAMES, optionOf('time'), timeSpellings(columns))
  if (time === undefined) throw missingColumn(columns, 'time', TIME_NAMES)
  if (timeOfDay === undefined) checkTime(columns, time, choices.time !== undefined)
  const price = (role: PriceRole): number | undefined => {
    const named = chosen(columns, role, choices[role])
    // nothing is computed from the open price: an unclear one is left out
    const isOptional = role === 'open'
    const index = named ?? findColumn(columns, role, PRICE_NAMES[role], isOptional ? undefined : optionOf(role))
    if (index !== undefined && !isPrice(index)) {
      if (isOptional && named === undefined) return undefined
      throw notNumeric(columns[index]!, role)
    }
    return index
  }
  const needed = (role: PriceRole): number => {
    const index = price(role)
    if (index === undefined) throw missingColumn(columns, role, PRICE_NAMES[role])
    return index
  }
  const [high, low, close] = [needed('high'), needed('low'), needed('close')]
  const volume = findColumn(columns, 'volume', VOLUME_NAMES, undefined)
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
    `the ${role} column ${describedColumn(column)} is not numeric; allowed are integers, floats and decimals; name another column with ${optionOf(role)}${cast}`,
  )
}

/** The names given for a role; a name that is given twice counts once. */
function chosenNames(choice: string | readonly string[] | undefined): readonly string[] {
  return choice === undefined ? [] : typeof choice === 'string' ? [choice] : [...new Set(choice)]
}

/** One column or two. Of two, the day comes first if the types show which one it is. */
function namedTimes(columns: readonly ColumnDescription[], choice: ColumnChoices['time']): (number | undefined)[] {
  const names = chosenNames(choice)
  if (names.length > 2) {
    throw new RefusedError(
      'settings',
      `--time-column names ${names.length} columns, ${names.map(quoted).join(', ')}; allowed are one, or a date and a time of day, which may end with AM or PM`,
    )
  }
  const named = names.map((name) => chosen(columns, 'time', name)!)
  if (named.length < 2) return named
  const contents = named.map((index) => timeContentsOf(columns[index]!))
  const other = contents.findIndex((of) => of.length === 0)
  if (other >= 0) {
    throw new RefusedError(
      'columns',
      `the time column ${describedColumn(columns[named[other]!]!)} holds neither days nor times of day; allowed are dates, text, integers and durations, or one timestamp column alone`,
    )
  }
  const [first, second] = contents.map((of) => (of.length === 1 ? of[0] : undefined))
  return first === 'time of day' || second === 'day' ? named.reverse() : named
}

function seriesColumns(columns: readonly ColumnDescription[], choice: ColumnChoices['symbol']): number[] {
  const names = chosenNames(choice)
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
        `the symbol column ${describedColumn(columns[named]!)} does not hold one value per row`,
      )
    })
  }
  const flat = columns.map((column) => (column.physical === 'nested' ? { ...column, name: '' } : column))
  const symbol = findColumn(flat, 'symbol', SYMBOL_NAMES, optionOf('symbol'))
  if (symbol === undefined) return []
  const venue = findColumn(flat, 'venue', VENUE_NAMES, optionOf('symbol'))
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
      `the time column ${describedColumn(column)} has no day; name the column of the day as well: --time-column DAY --time-column ${quoted(column.name)} (in the function: columns.time, a list)`,
    )
  }
  if (!isTimeColumn(column)) {
    throw new RefusedError(
      'columns',
      `the time column ${describedColumn(column)} does not hold points in time; allowed are timestamps, dates, integer epochs and text; name another column with ${optionOf('time')}`,
    )
  }
  // a day and a time of day in two columns: the day alone would make every bar but the first of a day a duplicate
  const timeOfDay = columns.find(({ logical, isField }) => logical.kind === 'time' && !isField)
  if (!named && column.logical.kind === 'date' && timeOfDay) {
    throw new RefusedError(
      'columns',
      `the time is in two columns, ${describedColumn(column)} and ${describedColumn(timeOfDay)}; name both: --time-column ${quoted(column.name)} --time-column ${quoted(timeOfDay.name)} (in the function: columns.time, a list), or the first alone if the day is meant`,
    )
  }
}
