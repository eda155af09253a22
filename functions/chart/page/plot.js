// The library's chart: candles, volume and the price of the last bar.
/* global LightweightCharts */
import { DAY_MS, MINUTE_MS } from './format.js'

const { createChart, CandlestickSeries, HistogramSeries, CrosshairMode, LineStyle } = LightweightCharts

/** The library wants ascending times; those of a file may be equal once they are rounded to milliseconds. */
const LEAST_STEP = 1e-6

function secondsOf(times) {
  let previous = Number.NEGATIVE_INFINITY
  return times.map((ms) => {
    previous = Math.max(ms / 1000, previous + LEAST_STEP)
    return previous
  })
}

export class Plot {
  #place
  #volume
  /** The times of the bars, in seconds. */
  #seconds = []
  #lastPrice
  #lanesHeight = 0

  constructor(place, { timeLabel, tickLabel }) {
    this.#place = place
    this.chart = createChart(place, {
      autoSize: true,
      layout: { fontFamily: 'system-ui, sans-serif', attributionLogo: true },
      crosshair: { mode: CrosshairMode.Normal },
      localization: { timeFormatter: timeLabel },
      timeScale: { tickMarkFormatter: tickLabel, tickMarkMaxCharacterLength: 8, minBarSpacing: 0.02 },
    })
    this.#volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    })
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineVisible: false, lastValueVisible: false })
    this.#volume.priceScale().applyOptions({ visible: false })
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.26 } })
    new ResizeObserver(() => this.#placeVolume()).observe(place)
  }

  draw(level, { decimals, last }, lanesHeight) {
    this.#seconds = secondsOf(level.times)
    this.#lanesHeight = lanesHeight
    this.candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } })
    this.candles.setData(
      this.#some(level.close, (i, close) => ({
        open: level.open[i] ?? close,
        high: level.high[i] ?? close,
        low: level.low[i] ?? close,
        close,
      })),
    )
    this.#volume.setData(level.volume ? this.#some(level.volume, (_, value) => ({ value })) : [])
    this.#placeVolume()
    this.#drawLastPrice(last)
  }

  /** @param isDays whether a bar represents whole days */
  setTimes(stepMs, isDays) {
    const timeVisible = !isDays && stepMs < DAY_MS
    this.chart.applyOptions({ timeScale: { timeVisible, secondsVisible: timeVisible && stepMs < MINUTE_MS } })
  }

  /** Shows the cross-hair at a bar. */
  cross(price, bar) {
    this.chart.setCrosshairPosition(price, this.#seconds[bar], this.candles)
  }

  applyColors(color) {
    this.chart.applyOptions({
      layout: { background: { color: color('background') }, textColor: color('text') },
      grid: { vertLines: { color: color('grid') }, horzLines: { color: color('grid') } },
    })
    this.candles.applyOptions({
      upColor: color('candle-up'),
      borderUpColor: color('candle-up'),
      wickUpColor: color('candle-up'),
      downColor: color('candle-down'),
      borderDownColor: color('candle-down'),
      wickDownColor: color('candle-down'),
    })
    this.#volume.applyOptions({ color: color('volume') })
    this.#lastPrice?.applyOptions({ color: color('last') })
  }

  /** Draws again what primitives draw. */
  refresh() {
    this.chart.applyOptions({})
  }

  /** The bars, and what `make` returns for those that have a value. */
  #some(values, make) {
    return this.#seconds.map((time, i) => (typeof values[i] === 'number' ? { time, ...make(i, values[i]) } : { time }))
  }

  #drawLastPrice(last) {
    if (this.#lastPrice) this.candles.removePriceLine(this.#lastPrice)
    this.#lastPrice = undefined
    if (last === null) return
    this.#lastPrice = this.candles.createPriceLine({
      price: last,
      color: getComputedStyle(this.#place).getPropertyValue('--last').trim(),
      lineWidth: 1,
      lineStyle: LineStyle.Dotted,
      title: 'last',
    })
  }

  #placeVolume() {
    const { height } = this.chart.paneSize()
    const bottom = height > 0 ? Math.min(0.2, this.#lanesHeight / height) : 0
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom } })
  }
}
