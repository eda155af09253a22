// Levels of detail: which one is drawn, and the place of times in it. A view is a range of times.
import { DAY_MS } from './format.js'

/** Bars for each pixel at most; on a wide screen exactly 3,000 rows remain 3,000 bars. */
const BARS_PER_PIXEL = 3

/** The number of the first bar that is not before a time. */
function firstFrom(times, ms) {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle] < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** Average time between two bars. */
export function stepOf({ times, frameMs }) {
  return times.length > 1 ? (times.at(-1) - times[0]) / (times.length - 1) : frameMs || DAY_MS
}

/** The place of a time between the bars, as a fraction; also before the first bar and behind the last one. */
export function indexAt(level, ms) {
  const { times } = level
  const last = times.length - 1
  if (ms <= times[0]) return (ms - times[0]) / stepOf(level)
  if (ms >= times[last]) return last + (ms - times[last]) / stepOf(level)
  const next = firstFrom(times, ms)
  return next - (times[next] - ms) / (times[next] - times[next - 1])
}

/** The inverse of `indexAt`. */
export function timeAt(level, index) {
  const { times } = level
  const last = times.length - 1
  if (index <= 0) return times[0] + index * stepOf(level)
  if (index >= last) return times[last] + (index - last) * stepOf(level)
  const before = Math.floor(index)
  return times[before] + (index - before) * (times[before + 1] - times[before])
}

/** The number of the bar that contains a time, or of the nearest one. */
export function barAt({ times }, ms) {
  const next = firstFrom(times, ms)
  return Math.max(0, Math.min(times.length - 1, times[next] === ms ? next : next - 1))
}

export function barsIn({ times }, view) {
  return firstFrom(times, view.to) - firstFrom(times, view.from)
}

/** A level that is a part of its series covers the range that was asked for, or all bars behind its first one. */
function covers({ isWhole, times, asked }, view, range) {
  const from = Math.max(view.from, range.from)
  const to = Math.min(view.to, range.to)
  return isWhole || (asked ? asked.from <= from && asked.to >= to : times[0] <= from)
}

/**
 * The finest level that covers a view and has not too many bars for the screen.
 * @param range of the series
 */
export function bestLevel(levels, view, range, width) {
  const covering = levels.filter((level) => covers(level, view, range)).sort((a, b) => a.frameMs - b.frameMs)
  return covering.find((level) => barsIn(level, view) <= BARS_PER_PIXEL * width) ?? covering.at(-1)
}
