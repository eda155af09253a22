/** Chooses the levels of detail of a page. */
import type { Bar } from './bar.ts'
import { type ChartLevel, chartLevel } from './chart-level.ts'
import { longerThan, ROWS } from './frames.ts'
import { type BarGatherer, type FramedBars, framed } from './gather-bars.ts'

/** A phone shows about as many bars. */
const FEW_BARS = 600
/** A level reaches this many times further back than the one before. */
const SPAN_RATIO = 3

/**
 * The levels, finest first: the last `points` bars of ever longer frames, then the whole series with at most twice as many
 * bars, and then with as many as a phone shows.
 */
export function levelsOf(gathered: BarGatherer, points: number, hasVolume: boolean): ChartLevel[] {
  const [whole, last] = [gathered.whole(), gathered.last()]
  const levels: ChartLevel[] = []
  for (const frame of [ROWS, ...longerThan(ROWS)]) {
    const isOfWhole = frame.ms >= whole.frame.ms
    const { bars } = framed(isOfWhole ? whole.bars : last, frame)
    const before = levels.at(-1)
    if (isOfWhole && bars.length <= 2 * points) {
      const isFew = bars.length <= FEW_BARS
      const isFewer = !before?.isWhole || bars.length <= before.times.length / 2
      if (isFew || isFewer) levels.push(chartLevel({ frame, bars }, true, hasVolume))
      if (isFew) break
    } else {
      // the first one may have lost rows
      const end = bars.slice(1).slice(-points)
      if (!before || spanOf(end) >= SPAN_RATIO * (before.times.at(-1)! - before.times[0]!)) {
        levels.push(chartLevel({ frame, bars: end }, false, hasVolume))
      }
    }
  }
  return levels
}

/** The finest level with at most twice as many bars. @param isWhole whether they are of the whole series */
export function finestLevel(own: FramedBars, points: number, isWhole: boolean, hasVolume: boolean): ChartLevel {
  for (const frame of [own.frame, ...longerThan(own.frame)]) {
    const level = framed(own.bars, frame)
    if (level.bars.length <= 2 * points) return chartLevel(level, isWhole, hasVolume)
  }
  throw new Error('the bars do not fit into the longest frame')
}

function spanOf(bars: readonly Bar[]): number {
  return bars.length === 0 ? 0 : bars.at(-1)!.time - bars[0]!.time
}
