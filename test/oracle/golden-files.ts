/** The answers of stockstats in test/golden/supertrend: a sample of each category, in the format of the other files. */
import { writeFileSync } from 'node:fs'
import { goldenCases, readGolden, SUPERTREND_FOLDER } from '../golden/supertrend-files.ts'
import { CATEGORY_NAMES, type Series, seriesOf } from './series.ts'
import type { Answer } from './stockstats.ts'

const PREFIX = 'stockstats/oracle-'
const COLUMNS =
  'datetime,open,high,low,close,volume,line,upper,lower,supertrend_ub,supertrend_lb,trend_orientation,st_trend_segment'
const START_MS = Date.UTC(2023, 10, 14, 11, 15)
const STEP_MS = 5 * 60_000
const SAMPLE_SEED = 2024
/** What the samples are chosen from, for each category. */
const CANDIDATE_BARS = 12_000

/** The bars of all golden files that say what stockstats gives. */
export function goldenSeries(): Series[] {
  const ofStockstats = goldenCases().filter(({ variant }) => variant === 'stockstats')
  return ofStockstats.map(({ file, period, multiplier }) => {
    const rows = readGolden(file)
    const column = (name: string) => Float64Array.from(rows, (row) => Number(row[name]))
    const prices = { high: column('high'), low: column('low'), close: column('close') }
    return { category: 'golden files', period, multiplier, ...prices }
  })
}

/** Writes the samples, and their lines in the index. */
export function writeGolden(answersOf: (series: readonly Series[]) => Answer[]): void {
  const others = goldenCases().filter(({ file }) => !file.startsWith(PREFIX))
  const own = CATEGORY_NAMES.map((category) => {
    const candidates = candidatesOf(category)
    const answers = answersOf(candidates)
    const merits = candidates.map((series, i) => merit(series, answers[i]!))
    const best = merits.indexOf(Math.max(...merits))
    const { period, multiplier, close } = candidates[best]!
    const file = `${PREFIX}${category.replaceAll(' ', '-')}.csv`
    writeFileSync(new URL(file, SUPERTREND_FOLDER), csv(candidates[best]!, answers[best]!))
    return { file, variant: 'stockstats', period, multiplier, rows: close.length }
  })
  writeFileSync(new URL('index.json', SUPERTREND_FOLDER), `${JSON.stringify([...others, ...own], null, 1)}\n`)
}

/** Of some length and without a bar that is 0 altogether: in a file such a bar has no price. */
function candidatesOf(category: string): Series[] {
  const isZero = ({ high, low, close }: Series) => close.some((_, i) => !high[i] && !low[i] && !close[i])
  return [...seriesOf(category, CANDIDATE_BARS, SAMPLE_SEED)].filter(
    (series) => series.close.length >= 60 && series.close.length <= 120 && !isZero(series),
  )
}

/** How many of the rare things a series has: most of all closes above bands that are equal, and a first bar that is odd. */
function merit({ high, low, close }: Series, { upper, lower }: Answer): number {
  const count = (is: (row: number) => boolean) => close.reduce((sum, _, row) => sum + (is(row) ? 1 : 0), 0)
  const some = (rows: number) => Math.min(rows, 3)
  const isEqual = (row: number) => upper[row] === lower[row]
  const isVisible = Number.isFinite(Math.fround(upper[0]!)) && Math.fround(upper[0]!) !== 0
  return (
    4 * some(count((row) => isEqual(row) && close[row]! > upper[row]!)) +
    some(count((row) => isEqual(row) && close[row]! < upper[row]!)) +
    some(count((row) => !isEqual(row) && close[row] === upper[row])) +
    some(count((row) => !isEqual(row) && close[row] === lower[row])) +
    some(count((row) => high[row] === low[row])) +
    (close[0]! > high[0]! || close[0]! < low[0]! ? 4 : 0) +
    (isVisible ? 20 : 0)
  )
}

function csv({ high, low, close }: Series, { line, upper, lower }: Answer): string {
  let [orientation, segment] = [0, 0]
  const lines = Array.from(close, (_, row) => {
    const now = line[row] === upper[row] ? -1 : 1
    if (now !== orientation) segment++
    orientation = now
    const time = new Date(START_MS + row * STEP_MS).toISOString().slice(0, 19).replace('T', ' ')
    const band = text(Math.fround(now === -1 ? upper[row]! : lower[row]!))
    const prices = [close, high, low, close].map((values) => text(values[row]!))
    const bands = [line, upper, lower].map((values) => text(values[row]!))
    return [time, ...prices, 0, ...bands, now === -1 ? band : '', now === 1 ? band : '', now, segment].join()
  })
  return `${[COLUMNS, ...lines].join('\n')}\n`
}

/** Of the digits that are needed, the sign of a zero among them. */
function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
