/**
 * `npm run test:oracle -- [--bars 225000] [--seed 1] [--write-golden]`: our `stockstats` against the package itself, which
 * ORACLE_PYTHON has. The side and the segment of each row have to be the same, its band to the last bit of a float32.
 */
import { parseArgs } from 'node:util'
import { initialState, supertrend } from '../../functions/market/supertrend.ts'
import { goldenSeries, writeGolden } from './golden-files.ts'
import { CATEGORY_NAMES, type Series, seriesOf } from './series.ts'
import { type Answer, answersOf } from './stockstats.ts'

const { values: options } = parseArgs({
  options: {
    bars: { type: 'string', default: '225000' },
    seed: { type: 'string', default: '1' },
    'write-golden': { type: 'boolean', default: false },
  },
})
const REPORTED_DIFFERENCES = 5

/** What our recursion gives, the bars in two pieces. */
function valuesOf({ period, multiplier, ...prices }: Series) {
  const rows = prices.close.length
  const out = { line: new Float64Array(rows), orientation: new Int8Array(rows), segment: new Int32Array(rows) }
  const advance = supertrend({ definition: 'stockstats', period, multiplier })
  const state = initialState()
  const cut = rows >> 1
  advance(state, prices, 0, cut, out)
  advance(state, prices, cut, rows, out)
  return out
}

interface Tally {
  bars: number
  equalBands: number
  /** Of bands that are not equal. */
  closesOnBand: number
  flatBars: number
  /** Rows whose band is another double, although the float32 is the same. */
  otherDoubles: number
  differences: string[]
}

function compare(tally: Tally, series: Series, { line, upper, lower }: Answer): void {
  const ours = valuesOf(series)
  let [orientation, segment] = [0, 0]
  for (const [row, close] of series.close.entries()) {
    tally.bars++
    if (upper[row] === lower[row]) tally.equalBands++
    else if (close === upper[row] || close === lower[row]) tally.closesOnBand++
    if (series.high[row] === series.low[row]) tally.flatBars++
    const now = line[row] === upper[row] ? -1 : 1
    if (now !== orientation) segment++
    orientation = now
    const band = now === -1 ? upper[row]! : lower[row]!
    const expected = [now, segment, Math.fround(band)]
    const actual = [ours.orientation[row], ours.segment[row], Math.fround(ours.line[row]!)]
    if (!expected.every((value, i) => Object.is(value, actual[i]))) {
      const { category, period, multiplier } = series
      tally.differences.push(
        `${category}, period ${period}, multiplier ${multiplier}, row ${row} of ${series.close.length}: side, segment and band are ${actual}; those of stockstats ${expected}`,
      )
    } else if (!Object.is(band, ours.line[row])) tally.otherDoubles++
  }
}

function main(): boolean {
  const python = process.env.ORACLE_PYTHON
  if (!python) {
    console.error('ORACLE_PYTHON names no Python that has test/oracle/requirements.txt; .ci/run makes one')
    return false
  }
  const [bars, seed] = [Number(options.bars), Number(options.seed)]
  if (options['write-golden']) writeGolden((series) => answersOf(python, series))
  const each = Math.ceil(bars / CATEGORY_NAMES.length)
  const all = CATEGORY_NAMES.flatMap((name, i) => [...seriesOf(name, each, seed + i)]).concat(goldenSeries())
  const answers = answersOf(python, all)
  const tallies = new Map<string, Tally>()
  for (const [i, series] of all.entries()) {
    const tally = tallies.get(series.category) ?? {
      bars: 0,
      equalBands: 0,
      closesOnBand: 0,
      flatBars: 0,
      otherDoubles: 0,
      differences: [],
    }
    tallies.set(series.category, tally)
    compare(tally, series, answers[i]!)
  }
  console.table(
    Object.fromEntries(
      [...tallies].map(([name, { differences, ...counts }]) => [name, { ...counts, differences: differences.length }]),
    ),
  )
  return judge(tallies)
}

function judge(tallies: ReadonlyMap<string, Tally>): boolean {
  const problems = [...tallies].flatMap(([name, { equalBands, closesOnBand, flatBars, differences }]) => [
    ...Object.entries({ equalBands, closesOnBand, flatBars }).flatMap(([what, count]) =>
      count === 0 ? [`${name}: no row for ${what}, so nothing is proved about it`] : [],
    ),
    ...differences.slice(0, REPORTED_DIFFERENCES),
  ])
  for (const problem of problems) console.error(problem)
  const total = [...tallies.values()].reduce((sum, { bars }) => sum + bars, 0)
  console.log(`${total} bars: ${problems.length === 0 ? 'stockstats 0.4.1 gives the same' : 'not as stockstats 0.4.1'}`)
  return problems.length === 0
}

process.exitCode = main() ? 0 : 1
