// Draws the Supertrend line, and a tint behind each trend.
// The library's own line has one value per bar; an aggregated bar with a flip has two.

const DASHES = { 1: [], '-1': [6, 4] }

export function drawTint({ context, height, pane, color }, { trend, bars }) {
  for (let i = bars.from; i <= bars.to; ) {
    let end = i + 1
    while (end <= bars.to && trend.side[end] === trend.side[i]) end++
    if (trend.side[i] !== 0) {
      context.fillStyle = color(trend.side[i] > 0 ? 'shade-up' : 'shade-down')
      context.fillRect(pane.x(i) - pane.barWidth / 2, 0, (end - i) * pane.barWidth, height)
    }
    i = end
  }
}

export function drawLine({ context, pane, color }, { trend, bars }, side) {
  const flips = new Map(trend.flips)
  const reach = pane.half
  context.strokeStyle = color(side > 0 ? 'up' : 'down')
  context.lineWidth = 2
  context.setLineDash(DASHES[side])
  context.beginPath()
  let isOpen = false
  for (let i = bars.from; i <= bars.to + 1; i++) {
    const value = i > bars.to ? null : valueOn(trend, i, side)
    const isJoined = isOpen && value !== null && continues(trend, i, side, flips.get(i) ?? 0)
    if (isOpen && !isJoined) context.lineTo(pane.x(i - 1) + reach, pane.y(valueOn(trend, i - 1, side)))
    isOpen = value !== null
    if (!isOpen) continue
    if (!isJoined) context.moveTo(pane.x(i) - reach, pane.y(value))
    context.lineTo(pane.x(i), pane.y(value))
  }
  context.stroke()
  context.setLineDash([])
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
