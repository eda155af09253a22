/** Bars of one frame as the page gets them: columns instead of objects. */
import type { Bar, BarTrend } from './bar.ts'
import type { FramedBars } from './gather-bars.ts'

/** Columns with one element per bar; null where there is no value. */
export interface ChartLevel {
  /** What one bar represents. */
  readonly frame: string
  readonly frameMs: number
  /** Whether the bars are the whole series, and not only a part of it. */
  readonly isWhole: boolean
  readonly times: readonly number[]
  readonly open: Column
  readonly high: Column
  readonly low: Column
  readonly close: Column
  /** Null when the file has none. */
  readonly volume: Column | null
  /** One for each set of parameters. */
  readonly trends: readonly LevelTrend[]
  /** Numbers of bars with gaps before or in them, and how many each has. */
  readonly gaps: readonly Count[]
  /** Numbers of bars that contain times whose other rows were removed, and how many each has. */
  readonly duplicates: readonly Count[]
}

interface LevelTrend {
  readonly line: Column
  readonly side: readonly number[]
  readonly segment: Column
  /** The last value of the line on the other side. Empty if no bar has rows on both sides. */
  readonly other: Column
  /** Numbers of bars with flips, how many each has, and the close at the last one. */
  readonly flips: readonly (readonly [bar: number, count: number, price: number | null])[]
}

type Column = readonly (number | null)[]
type Count = readonly [bar: number, count: number]

export function chartLevel({ frame, bars }: FramedBars, isWhole: boolean, hasVolume: boolean): ChartLevel {
  const column = (of: (bar: Bar) => number) => bars.map((bar) => orNull(of(bar)))
  const counts = (of: (bar: Bar) => number) => bars.flatMap((bar, i): Count[] => (of(bar) > 0 ? [[i, of(bar)]] : []))
  return {
    frame: frame.name,
    frameMs: frame.ms,
    isWhole,
    times: bars.map(({ time }) => time),
    open: column(({ open }) => open),
    high: column(({ high }) => high),
    low: column(({ low }) => low),
    close: column(({ close }) => close),
    volume: hasVolume ? column(({ volume }) => volume) : null,
    trends: (bars[0]?.trends ?? []).map((_, set) => levelTrend(bars.map(({ trends }) => trends[set]!))),
    gaps: counts(({ gaps }) => gaps),
    duplicates: counts(({ duplicates }) => duplicates),
  }
}

function levelTrend(trends: readonly BarTrend[]): LevelTrend {
  const others = trends.map(({ other }) => orNull(other))
  return {
    line: trends.map(({ line }) => orNull(line)),
    side: trends.map(({ side }) => side),
    segment: trends.map(({ segment }) => orNull(segment)),
    other: others.every((value) => value === null) ? [] : others,
    flips: trends.flatMap(({ flips, flipPrice }, i): LevelTrend['flips'] =>
      flips > 0 ? [[i, flips, orNull(flipPrice)]] : [],
    ),
  }
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
