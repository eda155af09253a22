// The places of bars and prices in the chart, in pixels.

/** Half of the shortest line, in pixels: a trend of a single bar is visible at every zoom level. */
const MIN_HALF = 1

export class Pane {
  #scale
  #candles

  constructor(chart, candles) {
    this.#scale = chart.timeScale()
    this.#candles = candles
  }

  x(bar) {
    return this.#scale.logicalToCoordinate(bar)
  }

  y(price) {
    return this.#candles.priceToCoordinate(price)
  }

  get barWidth() {
    return this.#scale.options().barSpacing
  }

  /** Half of the width of a bar. */
  get half() {
    return Math.max(MIN_HALF, this.barWidth / 2)
  }

  /** @returns the first and the last bar of a level that are visible, undefined when there is none */
  visible({ times }) {
    const range = this.#scale.getVisibleLogicalRange()
    if (!range || times.length === 0) return undefined
    const [from, to] = [Math.max(0, Math.floor(range.from) - 1), Math.min(times.length - 1, Math.ceil(range.to) + 1)]
    return from <= to ? { from, to } : undefined
  }
}
