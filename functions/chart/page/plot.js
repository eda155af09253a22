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

export function createPlot(place, { timeLabel, tickLabel }) {
  let seconds = []
  let lastPrice
  let lanesHeight = 0
  const chart = createChart(place, {
    autoSize: true,
    layout: { fontFamily: 'system-ui, sans-serif', attributionLogo: true },
    crosshair: { mode: CrosshairMode.Normal },
    localization: { timeFormatter: timeLabel },
    timeScale: { tickMarkFormatter: tickLabel, tickMarkMaxCharacterLength: 8, minBarSpacing: 0.02 },
  })
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  })
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: false, lastValueVisible: false })
  volume.priceScale().applyOptions({ visible: false })
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.26 } })

  function placeVolume() {
    const { height } = chart.paneSize()
    const bottom = height > 0 ? Math.min(0.2, lanesHeight / height) : 0
    volume.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom } })
  }
  new ResizeObserver(placeVolume).observe(place)

  const some = (values, make) =>
    seconds.map((time, i) => (typeof values[i] === 'number' ? { time, ...make(i, values[i]) } : { time }))

  return {
    chart,
    candles,
    draw(level, { decimals, last }, lanes) {
      seconds = secondsOf(level.times)
      lanesHeight = lanes
      candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } })
      candles.setData(
        some(level.close, (i, close) => ({
          open: level.open[i] ?? close,
          high: level.high[i] ?? close,
          low: level.low[i] ?? close,
          close,
        })),
      )
      volume.setData(level.volume ? some(level.volume, (_, value) => ({ value })) : [])
      placeVolume()
      if (lastPrice) candles.removePriceLine(lastPrice)
      lastPrice = undefined
      if (last === null) return
      lastPrice = candles.createPriceLine({
        price: last,
        color: getComputedStyle(place).getPropertyValue('--last').trim(),
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        title: 'last',
      })
    },
    /** @param isDays whether a bar represents whole days */
    setTimes(stepMs, isDays) {
      const timeVisible = !isDays && stepMs < DAY_MS
      chart.applyOptions({ timeScale: { timeVisible, secondsVisible: timeVisible && stepMs < MINUTE_MS } })
    },
    /** Shows the cross-hair at a bar. */
    cross(price, bar) {
      chart.setCrosshairPosition(price, seconds[bar], candles)
    },
    applyColors(color) {
      chart.applyOptions({
        layout: { background: { color: color('background') }, textColor: color('text') },
        grid: { vertLines: { color: color('grid') }, horzLines: { color: color('grid') } },
      })
      candles.applyOptions({
        upColor: color('candle-up'),
        borderUpColor: color('candle-up'),
        wickUpColor: color('candle-up'),
        downColor: color('candle-down'),
        borderDownColor: color('candle-down'),
        wickDownColor: color('candle-down'),
      })
      volume.applyOptions({ color: color('volume') })
      lastPrice?.applyOptions({ color: color('last') })
    },
    /** Draws again what primitives draw. */
    refresh() {
      chart.applyOptions({})
    },
  }
}
