/** The chart as one HTML page that needs no network and no other file. */
import { createHash } from 'node:crypto'
import type { ChartData } from './chart-data.ts'

/** The contents of the files of which the page consists. */
export interface PageFiles {
  /** lightweight-charts, in its form for browsers. */
  readonly library: string
  readonly script: string
  readonly style: string
}

export const HTML_CONTENT_TYPE = 'text/html; charset=utf-8'

const FIELDS = ['time', 'open', 'high', 'low', 'close', 'volume', 'line', 'side', 'segment', 'note'] as const

/** Buttons, with the days that they show. */
const RANGES = { '1D': 1, '1W': 7, '1M': 30.5, '3M': 91.5, '1Y': 365.25 } as const

/** @param isServed whether the page may ask its server for other series and for a range in more detail */
export function chartPage(data: ChartData, { library, script, style }: PageFiles, isServed = false): string {
  const json = JSON.stringify({ data, isServed }).replaceAll('<', '\\u003c')
  const hashes = [library, script].map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    // the library sets styles on its elements
    "style-src 'unsafe-inline'",
    'img-src data:',
    ...(isServed ? ["connect-src 'self'"] : []),
  ].join('; ')
  const title = escaped(data.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header><h1>${title}</h1><p id="subtitle"></p>
<div class="tools">${symbolPicker(data)}${supertrendPicker(data)}${rangeButtons()}<button id="theme" type="button">Dark</button></div>
</header>
<main>
<section aria-label="Chart">
<dl aria-label="Values of the bar at the cross-hair">${fields(data)}</dl>
<div id="chart" tabindex="0" role="application" aria-label="Candles with the Supertrend line" aria-describedby="help"></div>
<p class="state"><span id="frame"></span><span class="zone">${zone(data)}</span><span id="loading" role="status" hidden>Loading more detail</span><span id="message" role="status"></span></p>
</section>
<aside aria-labelledby="flips-title">
<div class="aside-head"><h2 id="flips-title">Flips</h2><button id="csv" type="button">CSV</button></div>
<div class="scroll" tabindex="0" role="region" aria-labelledby="flips-title">
<table><thead><tr><th scope="col">time</th><th scope="col">side</th><th scope="col">price</th><th scope="col">bars since</th><th scope="col">return since</th></tr></thead><tbody id="flips"></tbody></table>
</div>
<p id="flips-note"></p>
</aside>
</main>
<footer>
${warnings(data)}<p><span class="key"></span>trend up: the line is a stop below, solid. <span class="key down"></span>trend down: the line is a stop above, dashed. A bar with rows on both sides has both. Labels name the close at a flip. <span class="mark gaps"></span>before this bar bars are missing. <span class="mark duplicates"></span>duplicates of this bar were removed${unmarked(data)}. Numbers beside these marks count them in an aggregated bar. Bars and return since a flip are those of its trend, up to its last bar.</p>
<p id="help">Arrow keys move bar by bar, Page Up and Page Down by 50, Home and End to the ends; + and - zoom, 0 shows all.</p>
</footer>
<script type="application/json" id="data">${json}</script>
<script>${library}</script>
<script>${script}</script>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function fields({ zone }: ChartData): string {
  const label = (name: string) => (name === 'time' && zone !== null ? `time (${escaped(zone)})` : name)
  return FIELDS.map((name) => `<div><dt>${label(name)}</dt><dd data-field="${name}"></dd></div>`).join('')
}

function zone({ zone }: ChartData): string {
  return zone === null ? 'times as in the file, which names no time zone' : `times in ${escaped(zone)}`
}

/** A field whose suggestions are what contains the text that is typed. */
function symbolPicker({ symbols, series }: ChartData): string {
  if (symbols.length < 2) return ''
  const value = escaped(series[0]?.symbol ?? '')
  return `<label>Symbol <input id="symbol" list="symbols" value="${value}" autocomplete="off" spellcheck="false"></label><datalist id="symbols"></datalist>`
}

function supertrendPicker({ supertrends }: ChartData): string {
  if (supertrends.length < 2) return ''
  const options = supertrends.map((name, i) => `<option value="${i}">${escaped(name)}</option>`).join('')
  return `<label>Parameters <select id="supertrend">${options}</select></label>`
}

function rangeButtons(): string {
  const buttons = Object.entries(RANGES).map(
    ([name, days]) => `<button type="button" data-days="${days}">${name}</button>`,
  )
  return `<div role="group" aria-label="Range">${buttons.join('')}<button type="button" id="all">All</button></div>`
}

function warnings({ warnings }: ChartData): string {
  if (warnings.length === 0) return ''
  const items = warnings.map((text) => `<li>${escaped(text)}</li>`)
  return `<ul class="warnings" aria-label="Warnings">${items.join('')}</ul>\n`
}

function unmarked({ duplicatesUnmarked }: ChartData): string {
  if (duplicatesUnmarked === 0) return ''
  return ` (not all of them are marked: ${duplicatesUnmarked.toLocaleString('en-US')} rows were removed from the file, and it names the first times only)`
}
