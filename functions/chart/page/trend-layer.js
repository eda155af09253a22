// The drawings over the candles: the Supertrend line, a tint behind each trend, the flips, and the lanes of marks.
import { drawFlips } from './flip-marks.js'
import { drawLanes } from './lanes.js'
import { Pane } from './pane.js'
import { drawLine, drawTint } from './trend-line.js'

/**
 * A primitive of the library.
 * @param state returns the level and its trend that are drawn, the decimals of prices, and which lanes the series has
 * @param color returns a colour of the page by its name
 */
export function trendLayer(chart, candles, state, color) {
  const pane = new Pane(chart, candles)
  const view = (zOrder, draw) => {
    const onCanvas = ({ context, mediaSize: { width, height } }) => {
      const { level, ...others } = state()
      const bars = pane.visible(level)
      if (bars) draw({ context, width, height, pane, color }, { level, ...others, bars })
    }
    const renderer = { draw: (target) => target.useMediaCoordinateSpace(onCanvas) }
    return { zOrder: () => zOrder, renderer: () => renderer }
  }
  const views = [
    view('bottom', drawTint),
    view('normal', (drawing, drawn) => {
      drawLine(drawing, drawn, 1)
      drawLine(drawing, drawn, -1)
      drawFlips(drawing, drawn)
      drawLanes(drawing, drawn)
    }),
  ]
  return { paneViews: () => views, autoscaleInfo: (from, to) => priceRange(state(), from, to) }
}

/** The prices of the line belong to the visible range. */
function priceRange({ level, trend }, from, to) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = Math.max(0, Math.floor(from)); i <= Math.min(level.times.length - 1, Math.ceil(to)); i++) {
    for (const value of [trend.line[i], trend.other[i]]) {
      if (typeof value !== 'number') continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return low <= high ? { priceRange: { minValue: low, maxValue: high } } : null
}
