// The page's own script: draws the data in the page, and shows the values of the bar under the cross-hair.
// Bars are drawn by their number, so that weekends and nights leave no holes, and times within one second stay apart.
/* global LightweightCharts */
{
  const { createChart, createSeriesMarkers, CandlestickSeries, HistogramSeries, LineSeries, LineStyle, CrosshairMode } =
    LightweightCharts
  const element = (id) => document.getElementById(id)
  const { data: whole, detailUrl } = JSON.parse(element('data').textContent)
  /** The data on display: the whole file, or a part of it in more detail. */
  let data = whole
  /** The bar under the cross-hair, moved by keyboard or pointer. */
  let current = whole.times.length - 1
  /** The number of the first bar. The library caches labels by number, so new data must get new numbers. */
  let base = 0

  const sides = { '-1': 'down', 0: 'none', 1: 'up' }
  const iso = (ms) =>
    ms === undefined
      ? ''
      : new Date(ms)
          .toISOString()
          .replace(/:00\.000Z$|\.000Z$/, '')
          .replace('T', ' ')
  const DAY_MS = 86_400_000
  const barMs = whole.times.length > 1 ? (whole.range.to - whole.range.from) / whole.times.length : DAY_MS
  const timeText = (ms) => (barMs >= DAY_MS ? iso(ms).replace(' 00:00', '') : iso(ms))
  const tickLabel = (ms) => (barMs >= DAY_MS ? iso(ms).slice(0, 10) : iso(ms).slice(5, 16))
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

  const chart = createChart(element('chart'), {
    autoSize: true,
    layout: { fontFamily: 'system-ui, sans-serif', attributionLogo: true },
    crosshair: { mode: CrosshairMode.Normal },
    localization: { timeFormatter: (time) => timeText(data.times[time - base]) },
    timeScale: {
      tickMarkFormatter: (time) => tickLabel(data.times[time - base]),
      tickMarkMaxCharacterLength: 11,
      minBarSpacing: 0.2,
    },
  })
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  })
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: false, lastValueVisible: false })
  const line = { lineWidth: 2, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false }
  // one style per side, so that they can be distinguished without colour
  const up = chart.addSeries(LineSeries, { ...line, lineStyle: LineStyle.Solid })
  const down = chart.addSeries(LineSeries, { ...line, lineStyle: LineStyle.Dashed })
  const markers = createSeriesMarkers(candles, [])
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
    volume.applyOptions({ color: color('volume') })
    up.applyOptions({ color: color('up') })
    down.applyOptions({ color: color('down') })
    draw()
  }

  function draw() {
    const bars = data.times.map((_, i) => i)
    const some = (values, make) =>
      bars.map((i) => (values[i] === null ? { time: base + i } : { time: base + i, ...make(i, values[i]) }))
    candles.setData(
      some(data.close, (i, close) => ({
        open: data.open[i] ?? close,
        high: data.high[i] ?? close,
        low: data.low[i] ?? close,
        close,
      })),
    )
    // broken at flips: the library joins what lies on both sides of a bar without a value, but does not draw this
    const side = (orientation) =>
      some(data.line, (i, value) => (isWithin(i, orientation) ? { value } : { value, color: 'transparent' }))
    up.setData(side(1))
    down.setData(side(-1))
    volume.setData(data.volume ? some(data.volume, (_, value) => ({ value })) : [])
    // the values above the chart explain the marks, because text at each would cover the bars
    const gap = { position: 'belowBar', shape: 'square', color: color('gap'), size: 0.5 }
    const twice = { position: 'aboveBar', shape: 'arrowDown', color: color('duplicate'), size: 0.6 }
    const marks = [
      ...data.gaps.map((index) => ({ time: base + index, ...gap })),
      ...data.duplicates.map((index) => ({ time: base + index, ...twice })),
    ]
    markers.setMarkers(marks.sort((a, b) => a.time - b.time))
    element('rows-per-bar').textContent = data.rowsPerBar === 1 ? '' : `, ${data.rowsPerBar} rows a bar`
    document.documentElement.dataset.rowsPerBar = data.rowsPerBar
  }

  /** A section of the line has the colour of the bar where it begins. */
  function isWithin(i, orientation) {
    return data.orientation[i] === orientation && data.segment[i + 1] === data.segment[i]
  }

  /** A tint behind each trend. */
  const shade = {
    paneViews: () => [{ zOrder: () => 'bottom', renderer: () => ({ draw: drawShade }) }],
  }
  candles.attachPrimitive(shade)

  function drawShade(target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const scale = chart.timeScale()
      const left = (i) => scale.logicalToCoordinate(i) - scale.options().barSpacing / 2
      for (let i = 0; i < data.times.length; ) {
        let end = i + 1
        while (end < data.times.length && data.orientation[end] === data.orientation[i]) end++
        const tint = { '-1': 'shade-down', 1: 'shade-up' }[data.orientation[i]]
        if (tint) {
          context.fillStyle = color(tint)
          context.fillRect(left(i), 0, left(end) - left(i), mediaSize.height)
        }
        i = end
      }
    })
  }

  function show(index) {
    current = Math.max(0, Math.min(data.times.length - 1, index))
    const at = (values) => values?.[current] ?? ''
    const values = {
      time: timeText(data.times[current]),
      open: at(data.open),
      high: at(data.high),
      low: at(data.low),
      close: at(data.close),
      volume: at(data.volume),
      line: at(data.line),
      side: sides[data.orientation[current]] ?? 'none',
      segment: at(data.segment),
      note: [
        data.gaps.includes(current) && 'bars are missing before it',
        data.duplicates.includes(current) && 'duplicates were removed',
      ]
        .filter(Boolean)
        .join(', '),
    }
    for (const [name, value] of Object.entries(values))
      document.querySelector(`[data-field="${name}"]`).textContent = String(value)
  }

  chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
    if (time !== undefined && sourceEvent !== undefined) show(time - base)
  })

  function move(index) {
    show(index)
    const price = data.close[current] ?? data.line[current]
    if (price !== null) chart.setCrosshairPosition(price, base + current, candles)
    const range = visibleRange()
    if (!range || (current >= range.from && current <= range.to)) return
    const width = range.to - range.from
    const from = current < range.from ? current : current - width
    setVisibleRange({ from, to: from + width })
  }

  function zoom(factor) {
    const range = visibleRange()
    if (!range) return
    const half = (factor * (range.to - range.from)) / 2
    setVisibleRange({ from: current - half, to: current + half })
  }

  // the library applies a range with the next frame, and keys may come faster
  let pending

  function visibleRange() {
    return pending ?? chart.timeScale().getVisibleLogicalRange()
  }

  function setVisibleRange(range) {
    pending = range
    chart.timeScale().setVisibleLogicalRange(range)
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (pending === range) pending = undefined
      }),
    )
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

  /** If the file is served, requests the visible range in more detail, with half of it on each side. */
  let waiting
  let asked = ''
  function watchRange() {
    clearTimeout(waiting)
    waiting = setTimeout(loadDetail, 200)
  }

  async function detail(from, to) {
    const answer = await fetch(`${detailUrl}?from=${from}&to=${to}`)
    return answer.ok ? answer.json() : undefined
  }

  async function loadDetail() {
    const range = visibleRange()
    if (!range || data.times.length === 0) return
    const timeAt = (index) => data.times[Math.max(0, Math.min(data.times.length - 1, Math.round(index)))]
    const [from, to] = [timeAt(range.from), timeAt(range.to)]
    const margin = Math.round((to - from) / 2)
    const isAll = from - margin <= whole.times[0] && to + margin >= whole.times.at(-1)
    const isFine = data.rowsPerBar === 1 && range.from >= 0 && range.to <= data.times.length
    const key = isAll ? 'all' : `${from} ${to}`
    if (key === asked || isFine || (isAll && data === whole)) return
    asked = key
    const next = isAll ? whole : await detail(from - margin, to + margin)
    if (!next) return
    const shownTime = data.times[current]
    base += Math.max(data.times.length, next.times.length)
    data = next
    draw()
    const indexOf = (time) =>
      Math.max(
        0,
        data.times.findLastIndex((other) => other <= time),
      )
    setVisibleRange({ from: indexOf(from), to: indexOf(to) })
    chart.clearCrosshairPosition()
    show(indexOf(shownTime))
  }

  setTheme(preferred.matches)
  chart.timeScale().fitContent()
  listTrends()
  show(current)
  if (detailUrl) chart.timeScale().subscribeVisibleLogicalRangeChange(watchRange)
}
