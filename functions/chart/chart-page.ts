/** The chart as one HTML page that needs no network and no other file. */
import { createHash } from 'node:crypto'
import type { ChartData } from './chart-data.ts'

/** The parts of the page. */
export interface PageParts {
  /** lightweight-charts, in its form for browsers. */
  readonly library: string
  readonly script: string
  readonly style: string
}

const FIELDS = ['time', 'open', 'high', 'low', 'close', 'volume', 'line', 'side', 'segment', 'note'] as const

/** @param detailUrl from which the page may request a part of the file in more detail: `?from=MS&to=MS` */
export function chartPage(data: ChartData, { library, script, style }: PageParts, detailUrl?: string): string {
  const json = JSON.stringify({ data, detailUrl }).replaceAll('<', '\\u003c')
  const hashes = [library, script].map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    // the library sets styles on its elements
    "style-src 'unsafe-inline'",
    'img-src data:',
    ...(detailUrl === undefined ? [] : ["connect-src 'self'"]),
  ].join('; ')
  const title = escaped(data.title)
  const fields = FIELDS.map((name) => `<div><dt>${name}</dt><dd data-field="${name}"></dd></div>`).join('')
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
<header><h1>${title}</h1><p>${escaped(data.subtitle)}<span id="rows-per-bar"></span></p><button id="theme" type="button">Dark</button></header>
<main>
<dl aria-label="Values of the bar at the cross-hair" aria-live="polite">${fields}</dl>
<div id="chart" tabindex="0" role="application" aria-label="Candles with the Supertrend line" aria-describedby="help"></div>
</main>
<footer>
${warnings(data)}<p><span class="key"></span>trend up: the line is a stop below, solid. <span class="key down"></span>trend down: the line is a stop above, dashed. A square is below a bar before which bars are missing, an arrow above one of which duplicates were dropped${unmarked(data)}. Times are as in the file.</p>
<p id="help">Arrow keys move bar by bar, Page Up and Page Down by 50, Home and End to the ends; + and - zoom, 0 shows all.</p>
<details><summary>Trends as a table (the last 100)</summary>
<table><thead><tr><th scope="col">since</th><th scope="col">side</th><th scope="col">segment</th><th scope="col">close</th><th scope="col">line</th></tr></thead><tbody id="trends"></tbody></table>
</details>
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

function warnings({ warnings }: ChartData): string {
  if (warnings.length === 0) return ''
  const items = warnings.map((text) => `<li>${escaped(text)}</li>`)
  return `<ul class="warnings" aria-label="Warnings">${items.join('')}</ul>\n`
}

function unmarked({ duplicatesUnmarked }: ChartData): string {
  if (duplicatesUnmarked === 0) return ''
  return ` (not above all of them: ${duplicatesUnmarked.toLocaleString('en-US')} rows were removed from the file, and it names the first times only)`
}
