// Draws the data in the page. Bars are drawn side by side, so that weekends and nights leave no holes.
/* global LightweightCharts */
import { detailLoader } from './detail.js'
import { fillFlips, flipsCsv, flipsNote } from './flip-table.js'
import { DAY_MS, tickText, timeText } from './format.js'
import { keyActions } from './keys.js'
import { LANES_HEIGHT } from './lanes.js'
import { barAt, barsIn, bestLevel, indexAt, stepOf, timeAt } from './levels.js'
import { Plot } from './plot.js'
import { openSymbolField } from './symbol-field.js'
import { trendLayer } from './trend-layer.js'
import { barValues } from './values.js'

const FIRST_BARS = 300
/** One can zoom in until so many rows, or one row of so many pixels, are on display. */
const [MIN_ROWS, MAX_ROW_PIXELS] = [4, 150]
/** Empty room behind the last bar, as a share of the view. */
const ROOM = 0.02
/** A view that has not moved for so long is worth another level. */
const SETTLED_MS = 150

const element = (id) => document.getElementById(id)
const { data, isServed } = JSON.parse(element('data').textContent)
const root = document.documentElement
const color = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim()

/** The present state of the display. */
let series = data.series[0]
let set = 0
let levels = series.levels
let level = levels[0]
/** The bar under the cross-hair, moved by keyboard or pointer. */
let current = level.times.length - 1
/** A time in that bar, which finds it again among finer ones. */
let currentTime
/** A range that the library applies with the next frame; keys may come faster. */
let pending
let waiting

const stepMs = () => stepOf(series.levels[0])
const isDays = () => level.frameMs >= DAY_MS
/** A series without rows has no trend. */
const trend = () => level.trends[set] ?? { line: [], side: [], segment: [], other: [], flips: [] }
const lanes = () => ['gaps', 'duplicates'].filter((kind) => series.levels.some((level) => level[kind].length > 0))

const plot = new Plot(element('chart'), {
  timeLabel: (time) => timeText(fileTime(time), stepMs(), isDays()),
  tickLabel: (time, type) => tickText(fileTime(time), type),
})
const layer = trendLayer(
  plot.chart,
  plot.candles,
  () => ({ level, trend: trend(), decimals: series.decimals, lanes: lanes() }),
  color,
)
plot.candles.attachPrimitive(layer)
const scale = plot.chart.timeScale()

/** The library's times are seconds; those of the file may be closer together. */
function fileTime(seconds) {
  return level.times[barAt(level, Math.round(seconds * 1000))]
}

const loader = detailLoader((state) => {
  root.dataset.state = state
  element('loading').hidden = state !== 'loading'
  if (state === 'failed') say('More detail could not be loaded.')
})

function say(text) {
  element('message').textContent = text
}

/** The visible range as bars. */
function visibleBars() {
  return pending ?? scale.getVisibleLogicalRange() ?? { from: 0, to: level.times.length - 1 }
}

/** The visible range as times. */
function visibleTimes() {
  const { from, to } = visibleBars()
  return { from: timeAt(level, from), to: timeAt(level, to) }
}

function showBars(range) {
  pending = range
  scale.setVisibleLogicalRange(range)
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (pending === range) pending = undefined
    }),
  )
}

/** The time that is drawn last, and first, of the series. */
function shownRange() {
  const { times } = series.levels.at(-1)
  return { from: times[0] ?? 0, to: series.levels[0].times.at(-1) ?? 0 }
}

function drawLevel(next) {
  level = next
  plot.draw(level, series, lanes().length > 0 ? LANES_HEIGHT : 0)
  plot.setTimes(stepMs(), isDays())
  // also while finer bars are on their way
  scale.applyOptions({ maxBarSpacing: MAX_ROW_PIXELS * Math.max(1, stepOf(level) / stepMs()) })
  element('frame').textContent = `One bar is ${level.frame}`
  root.dataset.frame = level.frame
}

/** Draws the best level for a view, and keeps the view. */
function showTimes(view) {
  if (level.times.length === 0) return
  const best = bestLevel(levels, view, shownRange(), scale.width()) ?? level
  if (best !== level) {
    drawLevel(best)
    plot.chart.clearCrosshairPosition()
    show(barAt(level, currentTime), currentTime)
  }
  showBars({ from: indexAt(level, view.from), to: indexAt(level, view.to) })
}

function settle() {
  const view = visibleTimes()
  const best = bestLevel(levels, view, shownRange(), scale.width())
  if (best && best !== level) showTimes(view)
  if (isServed) loadDetail(view)
}

async function loadDetail(view) {
  const range = shownRange()
  const wanted = { from: Math.max(view.from, range.from), to: Math.min(view.to, range.to) }
  if (wanted.from >= wanted.to) return
  if (!loader.isWorthwhile(level, barsIn(level, wanted), wanted, scale.width())) return
  const detail = await loader.load(series.symbol, wanted)
  if (!detail || detail.times.length === 0) return
  levels = [...series.levels, detail]
  showTimes(visibleTimes())
}

function show(index, within) {
  current = Math.max(0, Math.min(level.times.length - 1, index))
  currentTime = within ?? level.times[current]
  const time = timeText(level.times[current], stepMs(), isDays())
  const values = barValues({ level, trend: trend(), decimals: series.decimals }, current, time)
  for (const [name, value] of Object.entries(values)) {
    document.querySelector(`[data-field="${name}"]`).textContent = value
  }
}

function move(index) {
  if (index < 0 && !level.isWhole) {
    const view = visibleTimes()
    const back = (view.to - view.from) / 2
    showTimes({ from: view.from - back, to: view.to - back })
    settleSoon()
    return
  }
  show(index)
  const price = level.close[current] ?? trend().line[current]
  if (typeof price === 'number') plot.cross(price, current)
  const range = visibleBars()
  if (current >= range.from && current <= range.to) return
  const width = range.to - range.from
  const from = current < range.from ? current : current - width
  showBars({ from, to: from + width })
}

/** @param place 0 the first bar of the series, 1 the last one */
function moveToEnd(place) {
  const { from, to } = shownRange()
  const view = visibleTimes()
  const width = Math.min(view.to - view.from, to - from)
  showTimes(place === 0 ? { from, to: from + width } : { from: to - width, to: to + ROOM * width })
  move(place === 0 ? 0 : level.times.length - 1)
}

function zoom(factor) {
  const range = visibleBars()
  const least = (MIN_ROWS / 2) * (stepMs() / stepOf(level))
  const half = Math.max(least, (factor * (range.to - range.from)) / 2)
  showBars({ from: current - half, to: current + half })
}

function showAll() {
  const { from, to } = shownRange()
  showTimes({ from, to: to + ROOM * (to - from) })
}

function showLast(days) {
  const { to } = shownRange()
  const width = days * DAY_MS
  showTimes({ from: to - width, to: to + ROOM * width })
  settleSoon()
}

function showFirst() {
  if (data.hasRange) {
    showAll()
    return
  }
  const bars = level.times.length
  const from = Math.max(0, bars - FIRST_BARS)
  showBars({ from, to: bars - 1 + ROOM * (bars - from) })
}

function settleSoon() {
  clearTimeout(waiting)
  waiting = setTimeout(settle, SETTLED_MS)
}

function showFlips() {
  const flips = series.flips[set]
  element('flips-note').textContent = flips ? flipsNote(flips) : ''
  if (!flips) return
  const onChoose = (time) => {
    const { from, to } = visibleTimes()
    const half = (to - from) / 2
    showTimes({ from: time - half, to: time + half })
    move(barAt(level, time))
    currentTime = time
    settleSoon()
  }
  fillFlips(element('flips'), flips, { decimals: series.decimals, stepMs: stepMs(), onChoose })
}

function describe() {
  const facts = [series.symbol, data.supertrends[set], `${series.rows.toLocaleString('en-US')} rows`]
  element('subtitle').textContent = facts.filter(Boolean).join(', ')
}

function start(next) {
  loader.reset()
  say('')
  series = next
  levels = series.levels
  describe()
  drawLevel(levels[0])
  for (const button of document.querySelectorAll('[data-days]')) {
    button.disabled = 2 * stepMs() > Number(button.dataset.days) * DAY_MS
  }
  showFirst()
  showFlips()
  show(level.times.length - 1)
}

async function chooseSymbol(symbol) {
  if (symbol === '' || symbol === series.symbol) return
  if (!data.symbols.includes(symbol)) {
    say(`There is no ${symbol}.`)
    return
  }
  const known = data.series.find((series) => series.symbol === symbol)
  const next = known ?? (isServed ? await loader.get(`/series?symbol=${encodeURIComponent(symbol)}`) : undefined)
  if (next) start(next)
  else if (!isServed)
    say(`${symbol} is not in this page. The command chart draws it with --symbol, or any with --serve.`)
}

function saveFlips() {
  const link = document.createElement('a')
  const name = [series.symbol, 'flips.csv'].filter(Boolean).join('-')
  const text = new Blob([flipsCsv(series.flips[set])], { type: 'text/csv' })
  link.href = isServed ? `/flips.csv?symbol=${encodeURIComponent(series.symbol)}&set=${set}` : URL.createObjectURL(text)
  link.download = name.replaceAll(/[^\w.-]/g, '_')
  link.click()
}

const preferred = matchMedia('(prefers-color-scheme: dark)')
function setTheme(isDark) {
  root.dataset.theme = isDark ? 'dark' : 'light'
  element('theme').textContent = isDark ? 'Light' : 'Dark'
  plot.applyColors(color)
}

plot.chart.subscribeCrosshairMove(({ logical, sourceEvent }) => {
  if (typeof logical === 'number' && sourceEvent !== undefined) show(Math.round(logical))
})
const actions = keyActions({ move, moveToEnd, zoom, showAll, current: () => current })
element('chart').addEventListener('keydown', (event) => {
  const act = actions[event.key]
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  act()
})
for (const button of document.querySelectorAll('[data-days]')) {
  button.addEventListener('click', () => showLast(Number(button.dataset.days)))
}
element('all').addEventListener('click', showAll)
element('theme').addEventListener('click', () => setTheme(root.dataset.theme !== 'dark'))
element('csv').addEventListener('click', saveFlips)
if (element('symbol')) {
  openSymbolField(element('symbol'), element('symbols'), data.symbols, () => series.symbol, chooseSymbol)
}
element('supertrend')?.addEventListener('change', ({ target }) => {
  set = Number(target.value)
  describe()
  showFlips()
  show(current)
  plot.refresh()
})
preferred.addEventListener('change', ({ matches }) => setTheme(matches))

setTheme(preferred.matches)
start(series)
scale.subscribeVisibleLogicalRangeChange(settleSoon)
