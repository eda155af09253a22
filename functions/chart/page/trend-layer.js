// Draws the Supertrend line, a tint behind each trend, the flips with their prices, and a lane for gaps and duplicates.
// The library's own line has one value per bar; an aggregated bar with a flip has two.
import { countText, priceText } from './format.js'

const DASHES = { 1: [], '-1': [6, 4] }
/** Half of the shortest line, in pixels: a trend of a single bar is visible at every zoom level. */
const MIN_HALF = 1
const LABEL_HEIGHT = 17
/** Pixels of the chart for each flip that labels, and arrows, need. */
const [LABEL_ROOM, ARROW_ROOM] = [30, 12]
const LANE_HEIGHT = 13
export const LANES_HEIGHT = 2 * LANE_HEIGHT + 2

const LANES = [
  { kind: 'gaps', color: 'gap' },
  { kind: 'duplicates', color: 'duplicate' },
]

/**
 * @param state returns the level and its trend that are drawn, the decimals of prices, and which lanes the series has
 * @param color returns a colour of the page by its name
 */
export function trendLayer(chart, candles, state, color) {
  const scale = chart.timeScale()
  const x = (bar) => scale.logicalToCoordinate(bar)
  const y = (price) => candles.priceToCoordinate(price)

  function visibleBars({ times }) {
    const range = scale.getVisibleLogicalRange()
    if (!range || times.length === 0) return undefined
    const [from, to] = [Math.max(0, Math.floor(range.from) - 1), Math.min(times.length - 1, Math.ceil(range.to) + 1)]
    return from <= to ? { from, to } : undefined
  }

  const half = () => Math.max(MIN_HALF, scale.options().barSpacing / 2)

  function drawTint(context, { height }) {
    const { level, trend } = state()
    const bars = visibleBars(level)
    if (!bars) return
    for (let i = bars.from; i <= bars.to; ) {
      let end = i + 1
      while (end <= bars.to && trend.side[end] === trend.side[i]) end++
      if (trend.side[i] !== 0) {
        context.fillStyle = color(trend.side[i] > 0 ? 'shade-up' : 'shade-down')
        const left = x(i) - scale.options().barSpacing / 2
        context.fillRect(left, 0, (end - i) * scale.options().barSpacing, height)
      }
      i = end
    }
  }

  function drawLine(context, side) {
    const { level, trend } = state()
    const bars = visibleBars(level)
    if (!bars) return
    const flips = new Map(trend.flips)
    const reach = half()
    context.strokeStyle = color(side > 0 ? 'up' : 'down')
    context.lineWidth = 2
    context.setLineDash(DASHES[side])
    context.beginPath()
    let isOpen = false
    for (let i = bars.from; i <= bars.to + 1; i++) {
      const value = i > bars.to ? null : valueOn(trend, i, side)
      const isJoined = isOpen && value !== null && continues(trend, i, side, flips.get(i) ?? 0)
      if (isOpen && !isJoined) context.lineTo(x(i - 1) + reach, y(valueOn(trend, i - 1, side)))
      isOpen = value !== null
      if (!isOpen) continue
      if (!isJoined) context.moveTo(x(i) - reach, y(value))
      context.lineTo(x(i), y(value))
    }
    context.stroke()
    context.setLineDash([])
  }

  /** Where flips are close together, they get arrows only, and where they are very close, nothing. */
  function drawFlips(context, { width }) {
    const { level, trend, decimals } = state()
    const bars = visibleBars(level)
    if (!bars) return
    const flips = trend.flips.filter(([bar]) => bar >= bars.from && bar <= bars.to && trend.line[bar] !== null)
    const room = width / flips.length
    if (room < ARROW_ROOM) return
    let free = Number.POSITIVE_INFINITY
    for (const [bar, count, price] of flips.reverse()) {
      const side = trend.side[bar]
      const place = { x: x(bar), y: y(trend.line[bar]) + side * 5, side }
      drawArrow(context, place)
      const text = `${priceText(price, decimals)}${count > 1 ? ` (${countText(count)})` : ''}`
      if (room >= LABEL_ROOM && place.x <= free) free = place.x - drawLabel(context, place, text, width)
    }
  }

  function drawArrow(context, { x, y, side }) {
    context.fillStyle = color(side > 0 ? 'up' : 'down')
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(x - 4, y + side * 6)
    context.lineTo(x + 4, y + side * 6)
    context.fill()
  }

  /** @returns its width */
  function drawLabel(context, place, text, paneWidth) {
    context.font = '600 11px system-ui, sans-serif'
    const width = context.measureText(text).width + 10
    const top = place.side > 0 ? place.y + 5 : place.y - 5 - LABEL_HEIGHT
    const left = Math.max(0, Math.min(paneWidth - width, place.x - width / 2))
    context.beginPath()
    context.roundRect(left, top, width, LABEL_HEIGHT, 3)
    context.fill()
    context.fillStyle = color('background')
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.fillText(text, left + width / 2, top + LABEL_HEIGHT / 2 + 0.5)
    return width
  }

  function drawLanes(context, { width, height }) {
    const { level, lanes } = state()
    const bars = visibleBars(level)
    if (!bars) return
    context.font = '10px system-ui, sans-serif'
    context.textBaseline = 'middle'
    for (const [lane, { kind, color: name }] of LANES.entries()) {
      if (!lanes.includes(kind)) continue
      const middle = height - (LANES.length - lane - 0.5) * LANE_HEIGHT
      context.fillStyle = color(name)
      drawMarks(context, level[kind], bars, middle)
      context.textAlign = 'right'
      const label = context.measureText(kind).width + 8
      context.fillStyle = color('background')
      context.fillRect(width - label, middle - LANE_HEIGHT / 2, label, LANE_HEIGHT)
      context.fillStyle = color(name)
      context.fillText(kind, width - 4, middle)
    }
  }

  function drawMarks(context, marks, bars, middle) {
    context.textAlign = 'left'
    let free = Number.NEGATIVE_INFINITY
    for (const [bar, count] of marks) {
      if (bar < bars.from || bar > bars.to) continue
      const left = x(bar) - 2.5
      context.fillRect(left, middle - 2.5, 5, 5)
      const text = countText(count)
      if (count > 1 && left >= free) {
        context.fillText(text, left + 7, middle)
        free = left + 12 + context.measureText(text).width
      }
    }
  }

  const view = (zOrder, draw) => {
    const renderer = {
      draw: (target) => target.useMediaCoordinateSpace(({ context, mediaSize }) => draw(context, mediaSize)),
    }
    return { zOrder: () => zOrder, renderer: () => renderer }
  }
  const views = [
    view('bottom', drawTint),
    view('normal', (context, size) => {
      drawLine(context, 1)
      drawLine(context, -1)
      drawFlips(context, size)
      drawLanes(context, size)
    }),
  ]
  return {
    paneViews: () => views,
    /** The prices of the line belong to the visible range. */
    autoscaleInfo(from, to) {
      const { level, trend } = state()
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let i = Math.max(0, Math.floor(from)); i <= Math.min(level.times.length - 1, Math.ceil(to)); i++) {
        for (const value of [trend.line[i], trend.other[i]]) {
          if (typeof value !== 'number') continue
          low = Math.min(low, value)
          high = Math.max(high, value)
        }
      }
      return low <= high ? { priceRange: { minValue: low, maxValue: high } } : null
    },
  }
}

function valueOn(trend, bar, side) {
  return trend.side[bar] === side ? trend.line[bar] : (trend.other[bar] ?? null)
}

/** Whether the line of a side goes on from the bar before: the same trend, which may end within this bar. */
function continues(trend, bar, side, flips) {
  if (trend.side[bar - 1] !== side) return false
  if (flips === 0) return trend.segment[bar] === trend.segment[bar - 1]
  return flips === 1 && trend.side[bar] !== side
}
