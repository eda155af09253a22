// Draws the lanes at the foot of the chart, with a mark at each bar that has gaps or duplicates.
import { countText } from './format.js'

const LANE_HEIGHT = 13
export const LANES_HEIGHT = 2 * LANE_HEIGHT + 2

const LANES = [
  { kind: 'gaps', color: 'gap' },
  { kind: 'duplicates', color: 'duplicate' },
]

export function drawLanes(drawing, { level, lanes, bars }) {
  const { context, width, height, color } = drawing
  context.font = '10px system-ui, sans-serif'
  context.textBaseline = 'middle'
  for (const [lane, { kind, color: name }] of LANES.entries()) {
    if (!lanes.includes(kind)) continue
    const middle = height - (LANES.length - lane - 0.5) * LANE_HEIGHT
    context.fillStyle = color(name)
    drawMarks(drawing, level[kind], bars, middle)
    context.textAlign = 'right'
    const label = context.measureText(kind).width + 8
    context.fillStyle = color('background')
    context.fillRect(width - label, middle - LANE_HEIGHT / 2, label, LANE_HEIGHT)
    context.fillStyle = color(name)
    context.fillText(kind, width - 4, middle)
  }
}

function drawMarks({ context, pane }, marks, bars, middle) {
  context.textAlign = 'left'
  let free = Number.NEGATIVE_INFINITY
  for (const [bar, count] of marks) {
    if (bar < bars.from || bar > bars.to) continue
    const left = pane.x(bar) - 2.5
    context.fillRect(left, middle - 2.5, 5, 5)
    const text = countText(count)
    if (count > 1 && left >= free) {
      context.fillText(text, left + 7, middle)
      free = left + 12 + context.measureText(text).width
    }
  }
}
