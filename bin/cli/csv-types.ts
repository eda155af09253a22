/** Finds the types of CSV columns from all their values. */
import type { SchemaElement } from 'hyparquet'

const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/
/** Zeros in front, as in the code 000001, and long digits would be lost in a number. */
const DECIMAL = /^[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|[1-9]\d*\.\d*|\.\d+)(?:e[+-]?\d+)?$/i
/** With comma, as files with semicolons between the fields write them. */
const DECIMAL_COMMA = /^[+-]?(?:(?:0|[1-9]\d{0,14})(?:,\d+)?|[1-9]\d*,\d+)$/
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
}

const isNoNumber = (text: string) => NO_NUMBER.has(text.toLowerCase())
const isEmpty = (text: string) => text === ''

/** In the order in which they are tried; text accepts everything. */
const CSV_TYPES: readonly CsvType[] = [
  {
    accepts: (text) =>
      INTEGER.test(text) && (text.length <= SAFE_DIGITS || BigInt.asIntN(64, BigInt(text)) === BigInt(text)),
    isMissing: isNoNumber,
    parse: BigInt,
    element: { type: 'INT64' },
  },
  { accepts: (text) => DECIMAL.test(text), isMissing: isNoNumber, parse: Number, element: { type: 'DOUBLE' } },
  {
    accepts: (text) => DECIMAL_COMMA.test(text),
    isMissing: isNoNumber,
    parse: (text) => Number(text.replace(',', '.')),
    element: { type: 'DOUBLE' },
  },
  {
    accepts: (text) => DAY.test(text) && isDate(`${text}T00:00Z`, text),
    isMissing: isEmpty,
    parse: (text) => new Date(text),
    element: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  },
  timestamp(CSV_TIME, (text) => `${text.replace(' ', 'T')}Z`, false),
  timestamp(ISO_UTC, (text) => text.replace(' ', 'T'), true),
  {
    accepts: () => true,
    isMissing: isEmpty,
    parse: (text) => text,
    element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  },
]

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
  #possible: readonly CsvType[] = CSV_TYPES
  #hasValue = false

  look(text: string): void {
    const fits = (type: CsvType) => type.accepts(text) || type.isMissing(text)
    if (!this.#possible.every(fits)) this.#possible = this.#possible.filter(fits)
    this.#hasValue ||= !isNoNumber(text)
  }

  /** A column without any value is text. */
  get #type(): CsvType {
    return this.#hasValue ? this.#possible[0]! : CSV_TYPES.at(-1)!
  }

  get element() {
    return this.#type.element
  }

  parse(text: string): Value {
    const type = this.#type
    return type.isMissing(text) ? undefined : type.parse(text)
  }
}
