/** The statements for each file. FILE stands for the table, or for those of its rows that are kept. */
import type { Row } from '../parquet-files.ts'
import { COLUMNS } from './bars-files.ts'

const names = Object.keys(COLUMNS)
const select = (condition: string) => `SELECT ${names.join(', ')} FROM FILE WHERE ${condition} ORDER BY number`

/** Of the input's columns: input and output have to give the same rows. */
export function oldStatements(bars: number): string[] {
  const last = bars - bars / 20
  return [
    `SELECT count(*), ${names.map((name) => `count(${name})`)} FROM FILE`,
    `SELECT ${names.map((name) => `checksum(${name})`)} FROM FILE`,
    `SELECT ${names.map((name) => `min(${name}), max(${name})`)} FROM FILE`,
    'SELECT sum(number), sum(volume), sum(trades), sum(price), sum(turnover), sum(CAST(close AS decimal(12,2))) FROM FILE',
    `SELECT symbol, count(*), count(close), min(low), max(high), sum(turnover), max(datetime), min(note) FROM FILE GROUP BY symbol ORDER BY symbol`,
    'SELECT day, count(*), sum(price) FROM FILE GROUP BY day ORDER BY day LIMIT 20',
    'SELECT number, close, note FROM FILE ORDER BY close DESC, number LIMIT 7',
    'SELECT number, datetime FROM FILE ORDER BY datetime DESC, symbol LIMIT 7',
    select(`number >= ${last} AND number < ${last + 40}`),
    select("datetime BETWEEN TIMESTAMP '2024-01-02 03:30:00' AND TIMESTAMP '2024-01-02 07:00:00'"),
    select(`day = DATE '2024-01-03' AND symbol = 'BBB'`),
    select(`close > 110.9 AND number < 3000`),
    select(`price = 95.55 AND number < 9000`),
    select(`turnover BETWEEN 70000 AND 71000.5`),
    select(`volume IS NULL AND number BETWEEN 900 AND 1100`),
    select(`note = 'note 12' AND number BETWEEN ${last} AND ${last + 400}`),
    select(`note IS NULL AND number > ${last} AND number < ${last + 90}`),
    select(`symbol IN ('AAA', 'CCC') AND trades = 7 AND close < 92 AND number < 9000`),
  ]
}

export interface NewStatement {
  readonly statement: string
  /** Of the rows of the output, as another reader has them. */
  readonly expected: (rows: readonly Row[]) => unknown[][]
}

type Value = number | null

interface NewValues {
  readonly number: number
  readonly close: Value
  readonly symbol: string
  readonly supertrend_ub: Value
  readonly supertrend_lb: Value
  readonly trend_orientation: Value
  readonly st_trend_segment: Value
}

const SELECTED = ['number', 'supertrend_ub', 'supertrend_lb', 'trend_orientation', 'st_trend_segment'] as const

/** Finds three rows; Trino skips pages for it in the files of each writer that writes page indexes. */
export const SELECTIVE = 'turnover BETWEEN 50000 AND 50200'

/** A comparison with null is never true. */
const is = (value: Value, compare: (value: number) => boolean) => value !== null && compare(value)

/** Of the new columns, and of them and the input's together. */
export function newStatements(bars: number): NewStatement[] {
  const middle = bars / 2
  const filters: [string, (row: NewValues) => boolean][] = [
    ['number >= 0', () => true],
    ['supertrend_ub IS NULL', (row) => row.supertrend_ub === null],
    ['supertrend_lb IS NOT NULL', (row) => row.supertrend_lb !== null],
    ["supertrend_ub < REAL '96.5'", (row) => is(row.supertrend_ub, (value) => value < 96.5)],
    ["supertrend_lb >= REAL '104.25'", (row) => is(row.supertrend_lb, (value) => value >= 104.25)],
    ['trend_orientation = -1', (row) => row.trend_orientation === -1],
    ['trend_orientation IS NULL', (row) => row.trend_orientation === null],
    ['st_trend_segment = 3', (row) => row.st_trend_segment === 3],
    ['st_trend_segment BETWEEN 4 AND 5', (row) => is(row.st_trend_segment, (value) => value >= 4 && value <= 5)],
    ['st_trend_segment > 1000000', () => false],
    [
      'close > 106 AND trend_orientation = 1',
      (row) => is(row.close, (value) => value > 106) && row.trend_orientation === 1,
    ],
    [
      `number BETWEEN ${middle} AND ${middle + 50} AND supertrend_lb IS NOT NULL`,
      (row) => row.number >= middle && row.number <= middle + 50 && row.supertrend_lb !== null,
    ],
    ["symbol = 'BBB' AND st_trend_segment = 2", (row) => row.symbol === 'BBB' && row.st_trend_segment === 2],
    ['close IS NULL', (row) => row.close === null],
  ]
  return [
    ...filters.map(([condition, isFound]) => ({
      statement: `SELECT ${SELECTED.join(', ')} FROM FILE WHERE ${condition} ORDER BY number`,
      expected: (rows: readonly Row[]) =>
        valuesOf(rows)
          .filter(isFound)
          .map((row) => SELECTED.map((name) => row[name])),
    })),
    {
      statement: `SELECT symbol, count(*), count(supertrend_ub), min(supertrend_ub), max(supertrend_lb), sum(trend_orientation), max(st_trend_segment)
        FROM FILE GROUP BY symbol ORDER BY symbol`,
      expected: (rows) => groups(valuesOf(rows), ['AAA', 'BBB', 'CCC']),
    },
    {
      statement: 'SELECT number, supertrend_ub FROM FILE ORDER BY supertrend_ub DESC NULLS LAST, number LIMIT 5',
      expected: (rows) =>
        valuesOf(rows)
          .filter((row) => row.supertrend_ub !== null)
          .sort((a, b) => b.supertrend_ub! - a.supertrend_ub! || a.number - b.number)
          .slice(0, 5)
          .map((row) => [row.number, row.supertrend_ub]),
    },
  ]
}

function valuesOf(rows: readonly Row[]): NewValues[] {
  return rows.map((row) => ({ ...row, number: Number(row.number) }) as NewValues).sort((a, b) => a.number - b.number)
}

function groups(rows: readonly NewValues[], symbols: readonly string[]): unknown[][] {
  return symbols.map((symbol) => {
    const own = rows.filter((row) => row.symbol === symbol)
    const present = (name: (typeof SELECTED)[number]) => own.map((row) => row[name]).filter((value) => value !== null)
    return [
      symbol,
      own.length,
      present('supertrend_ub').length,
      present('supertrend_ub').reduce((least, value) => Math.min(least, value)),
      present('supertrend_lb').reduce((most, value) => Math.max(most, value)),
      present('trend_orientation').reduce((sum, value) => sum + value),
      present('st_trend_segment').reduce((most, value) => Math.max(most, value)),
    ]
  })
}
