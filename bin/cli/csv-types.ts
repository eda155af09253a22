/** Finds the types of CSV columns from all their values. */
import type { SchemaElement } from 'hyparquet'
import type { DecimalMark } from './csv-decimals.ts'

const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/
/** Zeros in front, as in the code 000001, and long digits would be lost in a number. */
const DECIMAL = /^[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|[1-9]\d*\.\d*|\.\d+)(?:e[+-]?\d+)?$/i
/** An exponent without a point or a sign may be a code, such as the CUSIP 74736E104. */
const CODE = /^\d+e\d+$/i
/** Of a price only the number counts: `1e-8`, `007` and any digits. */
const PRICE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
/** Where a comma precedes the decimals, points group thousands: `1.234,5`. */
const PRICE_COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?(?:e[+-]?\d+)?$/i
const DECIMAL_COMMA = /^[+-]?(?:(?:0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:\.\d{3}){1,4})(?:,\d+)?|[1-9]\d*,\d+)$/
const DAY = /^\d{4}-\d\d-\d\d$/
/** Down to milliseconds, without a zone: other times stay text, which is read too. */
const CSV_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/
const ISO_UTC = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|\+00:00)$/
const NO_NUMBER = new Set(['', 'null', 'nan', 'na', 'n/a', 'none', '-', '\\n'])

/** Integers with so many digits fit in 64 bits. */
const SAFE_DIGITS = 18

type Value = bigint | number | string | Date | undefined

interface CsvType {
  /** Whether the type represents the text without a loss. */
  accepts(text: string): boolean
  isMissing(text: string): boolean
  parse(text: string): Value
  readonly element: Omit<SchemaElement, 'name' | 'repetition_type'>
  /** Of a type whose numbers may have decimals: what precedes them. */
  readonly mark?: DecimalMark
}

const isNoNumber = (text: string) => NO_NUMBER.has(text.toLowerCase())
const isEmpty = (text: string) => text === ''

const CSV_INTEGER: CsvType = {
  accepts: (text) =>
    INTEGER.test(text) && (text.length <= SAFE_DIGITS || BigInt.asIntN(64, BigInt(text)) === BigInt(text)),
  isMissing: isNoNumber,
  parse: BigInt,
  element: { type: 'INT64' },
}

const TIMES: readonly CsvType[] = [
  {
    accepts: (text) => DAY.test(text) && isDate(`${text}T00:00Z`, text),
    isMissing: isEmpty,
    parse: (text) => new Date(text),
    element: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  },
  timestamp(CSV_TIME, (text) => `${text.replace(' ', 'T')}Z`, false),
  timestamp(ISO_UTC, (text) => text.replace(' ', 'T'), true),
]

const TEXT: CsvType = {
  accepts: () => true,
  isMissing: isEmpty,
  parse: (text) => text,
  element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
}

/** The role of a column, if that decides its type: then the files of all days have the same. */
export type CsvRole = 'price' | 'symbol' | 'other'

/** In the order in which they are tried; text accepts everything. */
const CSV_TYPES: Readonly<Record<CsvRole, readonly CsvType[]>> = {
  price: [csvDouble((text) => PRICE.test(text)), csvDouble((text) => PRICE_COMMA.test(text), 'comma'), TEXT],
  symbol: [TEXT],
  other: [
    CSV_INTEGER,
    csvDouble((text) => DECIMAL.test(text) && !CODE.test(text)),
    csvDouble((text) => DECIMAL_COMMA.test(text), 'comma'),
    ...TIMES,
    TEXT,
  ],
}

function csvDouble(accepts: CsvType['accepts'], mark: DecimalMark = 'point'): CsvType {
  const parse = mark === 'point' ? Number : (text: string) => Number(text.replaceAll('.', '').replace(',', '.'))
  return { accepts, isMissing: isNoNumber, parse, element: { type: 'DOUBLE' }, mark }
}

function timestamp(pattern: RegExp, isoOf: (text: string) => string, isAdjustedToUTC: boolean): CsvType {
  return {
    accepts: (text) => pattern.test(text) && isDate(isoOf(text), text.slice(0, 10)),
    isMissing: isEmpty,
    parse: (text) => new Date(isoOf(text)),
    element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MILLIS' } },
  }
}

/** Date accepts February 30 as March 1. */
function isDate(iso: string, day: string): boolean {
  const date = new Date(iso)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day
}

/** The type of one column, which narrows with each value. */
export class CsvColumn {
  #possible: readonly CsvType[]
  /** A column without any value is text, unless it is one of prices. */
  #isKnown: boolean

  constructor(role: CsvRole) {
    this.#possible = CSV_TYPES[role]
    this.#isKnown = role === 'price'
  }

  look(text: string): void {
    const fits = (type: CsvType) => type.accepts(text) || type.isMissing(text)
    if (!this.#possible.every(fits)) this.#possible = this.#possible.filter(fits)
    this.#isKnown ||= !isNoNumber(text)
  }

  /** @param decimals what precedes the decimals in the whole file */
  settle(decimals: DecimalMark): void {
    this.#possible = this.#possible.filter(({ mark }) => mark === undefined || mark === decimals)
  }

  get #type(): CsvType {
    return this.#isKnown ? this.#possible[0]! : TEXT
  }

  get element() {
    return this.#type.element
  }

  parse(text: string): Value {
    const type = this.#type
    return type.isMissing(text) ? undefined : type.parse(text)
  }
}
