/** A row of one series with its indicators, or several rows that are aggregated. */

export interface Bar {
  /** Of its first row, in milliseconds since 1970. */
  readonly time: number
  /** Prices and the volume are NaN where there is no value. */
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** Steps to its rows that are larger than usual. */
  readonly gaps: number
  /** Rows that were kept, and others of whose time were removed. */
  readonly duplicates: number
  /** One for each set of parameters. */
  readonly trends: readonly BarTrend[]
}

/** What one set of parameters says about a bar. */
export interface BarTrend {
  /** The active band at the last row: the stop line; NaN where there is no value. */
  readonly line: number
  /** At the last row: -1, +1, or 0 where there is no value. */
  readonly side: number
  /** At the last row. */
  readonly segment: number
  /** The last value of the line on the other side, if the bar has rows there; otherwise NaN. */
  readonly other: number
  /** Rows with another side than the row before. */
  readonly flips: number
  /** The close of the last of these rows; NaN when there is none. */
  readonly flipPrice: number
}

/** Aggregates neighbouring bars. The indicator is that of the later one, like the close. */
export function together(a: Bar, b: Bar): Bar {
  return {
    time: a.time,
    open: first(a.open, b.open),
    high: ofBoth(Math.max, a.high, b.high),
    low: ofBoth(Math.min, a.low, b.low),
    close: first(b.close, a.close),
    volume: ofBoth((x, y) => x + y, a.volume, b.volume),
    gaps: a.gaps + b.gaps,
    duplicates: a.duplicates + b.duplicates,
    trends: b.trends.map((trend, i) => trendTogether(a.trends[i]!, trend)),
  }
}

function trendTogether(a: BarTrend, b: BarTrend): BarTrend {
  const flips = a.flips + b.flips
  // missing prices end no trend
  if (b.side === 0) return { ...a, flips }
  const before = a.side === b.side ? a.other : a.side === 0 ? Number.NaN : a.line
  const flipPrice = b.flips > 0 ? b.flipPrice : a.flipPrice
  return { line: b.line, side: b.side, segment: b.segment, other: first(b.other, before), flips, flipPrice }
}

function first(a: number, b: number): number {
  return Number.isFinite(a) ? a : b
}

function ofBoth(combine: (a: number, b: number) => number, a: number, b: number): number {
  if (!Number.isFinite(a)) return b
  return Number.isFinite(b) ? combine(a, b) : a
}
