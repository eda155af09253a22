// The page's own part: draws what the page brings along, and shows the values of the bar under the cross-hair.
// Bars are drawn by their number: weekends and nights leave no holes, and times finer than a second stay apart.
/* global LightweightCharts */
{
  const { createChart, createSeriesMarkers, CandlestickSeries, HistogramSeries, LineSeries, LineStyle, CrosshairMode } =
    LightweightCharts
  const element = (id) => document.getElementById(id)
  const { data: whole, detailUrl } = JSON.parse(element('data').textContent)
  /** What is drawn: all of the file, or a part of it in more detail. */
  let data = whole
  /** The bar that the keyboard or the pointer is at. */
  let current = whole.times.length - 1

  const sides = { '-1': 'down', 0: 'none', 1: 'up' }
  const iso = (ms) =>
    ms === undefined
      ? ''
      : new Date(ms)
          .toISOString()
          .replace(/:00\.000Z$|\.000Z$/, '')
          .replace('T', ' ')
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

  const chart = createChart(element('chart'), {
    autoSize: true,
    layout: { fontFamily: 'system-ui, sans-serif', attributionLogo: true },
    crosshair: { mode: CrosshairMode.Normal },
    localization: { timeFormatter: (index) => iso(data.times[index]) },
    timeScale: {
      tickMarkFormatter: (index) => iso(data.times[index]).slice(0, 16).replace(' 00:00', ''),
      minBarSpacing: 0.2,
    },
  })
  const shade = chart.addSeries(HistogramSeries, {
    priceScaleId: 'shade',
    lastValueVisible: false,
    priceLineVisible: false,
  })
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  })
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: false, lastValueVisible: false })
  const line = { lineWidth: 2, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false }
  // one style each, so that the sides are told apart without colour
  const up = chart.addSeries(LineSeries, { ...line, lineStyle: LineStyle.Solid })
  const down = chart.addSeries(LineSeries, { ...line, lineStyle: LineStyle.Dashed })
  const markers = createSeriesMarkers(candles, [])
  shade.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false })
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 }, visible: false })
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.22 } })

  function applyColors() {
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
    up.applyOptions({ color: color('up') })
    down.applyOptions({ color: color('down') })
    draw()
  }

  function draw() {
    const bars = data.times.map((_, time) => time)
    const some = (values, make) => bars.map((time) => (values[time] === null ? { time } : make(time, values[time])))
    candles.setData(
      some(data.close, (time, close) => ({
        time,
        open: data.open[time] ?? close,
        high: data.high[time] ?? close,
        low: data.low[time] ?? close,
        close,
      })),
    )
    // broken at flips: a bar without a value ends the line
    const side = (orientation) =>
      some(
        data.line.map((value, i) => (data.orientation[i] === orientation ? value : null)),
        (time, value) => ({ time, value }),
      )
    up.setData(side(1))
    down.setData(side(-1))
    const tints = { '-1': color('shade-down'), 1: color('shade-up') }
    shade.setData(
      bars.map((time) =>
        tints[data.orientation[time]] ? { time, value: 1, color: tints[data.orientation[time]] } : { time },
      ),
    )
    volume.setData(data.volume ? some(data.volume, (time, value) => ({ time, value, color: color('volume') })) : [])
    const gaps = data.gaps.map((time) => ({
      time,
      position: 'belowBar',
      shape: 'square',
      color: color('gap'),
      text: 'gap',
      size: 0.6,
    }))
    const twice = data.duplicates.map(({ index, text }) => ({
      time: index,
      position: 'aboveBar',
      shape: 'arrowDown',
      color: color('duplicate'),
      text,
      size: 0.8,
    }))
    markers.setMarkers([...gaps, ...twice].sort((a, b) => a.time - b.time))
  }

  function show(index) {
    current = Math.max(0, Math.min(data.times.length - 1, index))
    const at = (values) => values?.[current] ?? ''
    const values = {
      time: iso(data.times[current]),
      open: at(data.open),
      high: at(data.high),
      low: at(data.low),
      close: at(data.close),
      volume: at(data.volume),
      line: at(data.line),
      side: sides[data.orientation[current]] ?? 'none',
      segment: at(data.segment),
    }
    for (const [name, value] of Object.entries(values))
      document.querySelector(`[data-field="${name}"]`).textContent = String(value)
  }

  chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
    if (time !== undefined && sourceEvent !== undefined) show(time)
  })

  function move(index) {
    show(index)
    const price = data.close[current] ?? data.line[current]
    if (price !== null) chart.setCrosshairPosition(price, current, candles)
    const range = chart.timeScale().getVisibleLogicalRange()
    if (!range || (current >= range.from && current <= range.to)) return
    const width = range.to - range.from
    const from = current < range.from ? current : current - width
    chart.timeScale().setVisibleLogicalRange({ from, to: from + width })
  }

  function zoom(factor) {
    const range = chart.timeScale().getVisibleLogicalRange()
    if (!range) return
    const half = (factor * (range.to - range.from)) / 2
    chart.timeScale().setVisibleLogicalRange({ from: current - half, to: current + half })
  }

  const keys = {
    ArrowLeft: () => move(current - 1),
    ArrowRight: () => move(current + 1),
    PageUp: () => move(current - 50),
    PageDown: () => move(current + 50),
    Home: () => move(0),
    End: () => move(data.times.length - 1),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    0: () => chart.timeScale().fitContent(),
  }
  element('chart').addEventListener('keydown', (event) => {
    const act = keys[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act()
  })

  function listTrends() {
    const rows = []
    for (let i = 0; i < whole.times.length; i++) {
      if (whole.orientation[i] === 0 || (i > 0 && whole.segment[i] === whole.segment[i - 1])) continue
      rows.push(
        `${iso(whole.times[i])}|${sides[whole.orientation[i]]}|${whole.segment[i]}|${whole.close[i] ?? ''}|${whole.line[i] ?? ''}`,
      )
    }
    element('trends').append(
      ...rows.slice(-100).map((text) => {
        const row = document.createElement('tr')
        for (const cell of text.split('|')) row.insertCell().textContent = cell
        return row
      }),
    )
  }

  const preferred = matchMedia('(prefers-color-scheme: dark)')
  const setTheme = (isDark) => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
    element('theme').textContent = isDark ? 'Light' : 'Dark'
    applyColors()
  }
  preferred.addEventListener('change', ({ matches }) => setTheme(matches))
  element('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme !== 'dark'))

  /** Where the file is served, what is looked at comes in more detail. */
  let waiting
  let asked = ''
  function watchRange() {
    clearTimeout(waiting)
    waiting = setTimeout(async () => {
      const range = chart.timeScale().getVisibleLogicalRange()
      if (!range || data.times.length === 0) return
      const timeAt = (index) => data.times[Math.max(0, Math.min(data.times.length - 1, Math.round(index)))]
      const [from, to] = [timeAt(range.from), timeAt(range.to)]
      const isAll = from <= whole.times[0] && to >= whole.times.at(-1)
      const isFine = data.rowsPerBar === 1 && range.from >= 0 && range.to <= data.times.length
      const key = `${from} ${to}`
      if (key === asked || isFine || (isAll && data === whole)) return
      asked = key
      const next = isAll
        ? whole
        : await (
            await fetch(`${detailUrl}?from=${Math.round(from - (to - from))}&to=${Math.round(to + (to - from))}`)
          ).json()
      if (next.times.length === 0) return
      data = next
      draw()
      const indexOf = (time) =>
        Math.max(
          0,
          data.times.findLastIndex((other) => other <= time),
        )
      chart.timeScale().setVisibleLogicalRange({ from: indexOf(from), to: indexOf(to) })
      show(indexOf(to))
      document.documentElement.dataset.rowsPerBar = data.rowsPerBar
    }, 200)
  }

  setTheme(preferred.matches)
  chart.timeScale().fitContent()
  listTrends()
  show(current)
  document.documentElement.dataset.rowsPerBar = data.rowsPerBar
  if (detailUrl) chart.timeScale().subscribeVisibleLogicalRangeChange(watchRange)
}
