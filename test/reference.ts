/**
 * Computes the expected content of an enriched file in the slow and obvious way: whole arrays, one rule after the other, no
 * code shared with the code under test. Written from the published rules of both definitions.
 */
export interface ReferenceBar {
  /** Anything that can be compared and printed. */
  readonly time: number | bigint
  readonly series?: unknown
  readonly high: number | null
  readonly low: number | null
  readonly close: number | null
}

export interface ReferenceRow {
  readonly row: number
  readonly upper: number | null
  readonly lower: number | null
  readonly orientation: number | null
  readonly segment: number | null
}

export interface ReferenceSettings {
  readonly definition: 'stockstats' | 'tradingview'
  readonly period: number
  readonly multiplier: number
  readonly keep?: 'first' | 'last'
}

/** The kept rows in file order with their values. */
export function referenceRows(bars: readonly ReferenceBar[], settings: ReferenceSettings): ReferenceRow[] {
  const kept = new Map<string, number>()
  bars.forEach((bar, row) => {
    const key = `${JSON.stringify(bar.series ?? null)} ${bar.time}`
    if (settings.keep === 'last' || !kept.has(key)) kept.set(key, row)
  })
  const series = new Map<string, number[]>()
  for (const [key, row] of kept) {
    const name = key.slice(0, key.lastIndexOf(' '))
    series.set(name, [...(series.get(name) ?? []), row])
  }
  const values = new Map<number, ReferenceRow>()
  for (const rows of series.values()) {
    rows.sort((a, b) => (bars[a]!.time < bars[b]!.time ? -1 : 1))
    for (const value of oneSeries(rows, bars, settings)) values.set(value.row, value)
  }
  return [...kept.values()].sort((a, b) => a - b).map((row) => values.get(row)!)
}

function oneSeries(
  rows: readonly number[],
  bars: readonly ReferenceBar[],
  settings: ReferenceSettings,
): ReferenceRow[] {
  const isPriced = (row: number) => [bars[row]!.high, bars[row]!.low, bars[row]!.close].every((v) => Number.isFinite(v))
  const priced = rows.filter(isPriced)
  const high = priced.map((row) => bars[row]!.high!)
  const low = priced.map((row) => bars[row]!.low!)
  const close = priced.map((row) => bars[row]!.close!)
  const isStockstats = settings.definition === 'stockstats'
  const ranges = priced.map((_, i) => {
    if (i === 0 && !isStockstats) return high[0]! - low[0]!
    const before = close[Math.max(i - 1, 0)]!
    return Math.max(high[i]! - low[i]!, Math.abs(high[i]! - before), Math.abs(low[i]! - before))
  })
  const atr = isStockstats ? correctedMean(ranges, settings.period) : wilder(ranges, settings.period)
  const start = isStockstats ? 0 : settings.period - 1
  const results = new Map<number, ReferenceRow>()
  let [upper, lower, orientation, segment] = [0, 0, 0, 0]
  let onUpper = true
  for (let i = start; i < priced.length; i++) {
    const middle = (high[i]! + low[i]!) / 2
    const basicUpper = middle + settings.multiplier * atr[i]!
    const basicLower = middle - settings.multiplier * atr[i]!
    if (i === start) {
      upper = basicUpper
      lower = basicLower
      onUpper = isStockstats ? close[i]! <= upper : true
    } else {
      upper = basicUpper < upper || close[i - 1]! > upper ? basicUpper : upper
      lower = basicLower > lower || close[i - 1]! < lower ? basicLower : lower
      if (onUpper) onUpper = close[i]! <= upper
      else onUpper = isStockstats ? !(close[i]! > lower) : !(close[i]! >= lower)
    }
    if (isStockstats && (onUpper ? upper : lower) === upper) onUpper = true
    const line = onUpper ? upper : lower
    const now = onUpper ? -1 : 1
    if (now !== orientation) segment++
    orientation = now
    results.set(priced[i]!, {
      row: priced[i]!,
      upper: now === -1 ? Math.fround(line) : null,
      lower: now === 1 ? Math.fround(line) : null,
      orientation: now,
      segment,
    })
  }
  return rows.map((row) => results.get(row) ?? { row, upper: null, lower: null, orientation: null, segment: null })
}

/** pandas' `ewm(alpha=1/n, adjust=True).mean()`. */
function correctedMean(values: readonly number[], period: number): number[] {
  let weight = 1
  let mean = values[0]!
  return values.map((value, i) => {
    if (i === 0) return mean
    weight *= 1 - 1 / period
    if (mean !== value) mean = (weight * mean + value) / (weight + 1)
    weight += 1
    return mean
  })
}

/** Wilder's mean, seeded with the plain mean of the first `period` values. */
function wilder(values: readonly number[], period: number): number[] {
  const atr: number[] = []
  values.forEach((value, i) => {
    if (i < period - 1) atr.push(Number.NaN)
    else if (i === period - 1) atr.push(values.slice(0, period).reduce((sum, v) => sum + v, 0) / period)
    else atr.push((atr[i - 1]! * (period - 1) + value) / period)
  })
  return atr
}
