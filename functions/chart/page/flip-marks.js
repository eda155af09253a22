// Draws an arrow at each flip, and a label with its price.
import { countText, priceText } from './format.js'

const LABEL_HEIGHT = 17
/** Pixels of the chart for each flip that labels, and arrows, need. */
const [LABEL_ROOM, ARROW_ROOM] = [30, 12]

/** Where flips are close together, they get arrows only, and where they are very close, nothing. */
export function drawFlips(drawing, { trend, decimals, bars }) {
  const { pane, width } = drawing
  const flips = trend.flips.filter(([bar]) => bar >= bars.from && bar <= bars.to && trend.line[bar] !== null)
  const room = width / flips.length
  if (room < ARROW_ROOM) return
  let free = Number.POSITIVE_INFINITY
  for (const [bar, count, price] of flips.reverse()) {
    const side = trend.side[bar]
    const place = { x: pane.x(bar), y: pane.y(trend.line[bar]) + side * 5, side }
    drawArrow(drawing, place)
    const text = `${priceText(price, decimals)}${count > 1 ? ` (${countText(count)})` : ''}`
    if (room >= LABEL_ROOM && place.x <= free) free = place.x - drawLabel(drawing, place, text)
  }
}

function drawArrow({ context, color }, { x, y, side }) {
  context.fillStyle = color(side > 0 ? 'up' : 'down')
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x - 4, y + side * 6)
  context.lineTo(x + 4, y + side * 6)
  context.fill()
}

/** @returns its width */
function drawLabel({ context, color, width: paneWidth }, { x, y, side }, text) {
  context.font = '600 11px system-ui, sans-serif'
  const width = context.measureText(text).width + 10
  const top = side > 0 ? y + 5 : y - 5 - LABEL_HEIGHT
  const left = Math.max(0, Math.min(paneWidth - width, x - width / 2))
  context.beginPath()
  context.roundRect(left, top, width, LABEL_HEIGHT, 3)
  context.fill()
  context.fillStyle = color('background')
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(text, left + width / 2, top + LABEL_HEIGHT / 2 + 0.5)
  return width
}
