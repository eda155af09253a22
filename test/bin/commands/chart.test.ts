/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import type { ChartData } from '../../../functions/chart/chart-data.ts'
import { HANG_MS, startBrowser, withoutBrowser } from '../../chart/browser.ts'
import {
  barsFile,
  readRowsOf,
  runCli,
  runProgram,
  runProgramIn,
  someBars,
  temporaryFolder,
} from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
/** 400 minutes, of which three are missing and two came twice. */
const bars = someBars(400).filter((_, i) => i < 200 || i > 202)
const doubled = [...bars.slice(0, 50), ...bars.slice(48)]

writeFileSync(at('bars.parquet'), barsFile(doubled))
assert.equal((await runCli(at('bars.parquet'), at('enriched.parquet'))).code, 0)

async function drawn(...args: string[]) {
  const { code, stderr } = await runProgram('chart', ...args)
  assert.deepEqual([code, stderr], [0, ''])
}

function dataOf(name: string): ChartData {
  const html = readFileSync(at(name), 'utf8')
  return JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]!).data
}

/** The whole series with the most bars. */
function wholeOf(name: string) {
  return dataOf(name).series[0]!.levels.find(({ isWhole }) => isWhole)!
}

describe('the data of a chart', () => {
  it('equals the values that another reader finds in the file', async () => {
    await drawn(at('enriched.parquet'), '--out', at('chart.html'))
    const data = wholeOf('chart.html')
    const [trend] = data.trends
    const rows = await readRowsOf(at('enriched.parquet'))
    assert.equal(data.times.length, rows.length)
    for (const [i, row] of rows.entries()) {
      const { datetime, open, high, low, close, volume, supertrend_ub, supertrend_lb } = row as Record<string, number>
      assert.equal(data.times[i], Number(datetime))
      assert.deepEqual(
        [data.open[i], data.high[i], data.low[i], data.close[i], data.volume?.[i]],
        [open, high, low, close, volume],
      )
      assert.equal(trend!.line[i], supertrend_ub ?? supertrend_lb ?? null)
      assert.deepEqual([trend!.side[i], trend!.segment[i]], [row.trend_orientation ?? 0, row.st_trend_segment])
    }
    assert.deepEqual(data.gaps, [[200, 1]])
    assert.deepEqual(data.duplicates, [
      [48, 1],
      [49, 1],
    ])
  })

  it('is the same for a file that was not enriched yet', async () => {
    await drawn(at('bars.parquet'), '--out', at('other.html'))
    const { title: _, ...data } = dataOf('other.html')
    const { title: __, ...expected } = dataOf('chart.html')
    assert.deepEqual(data, expected)
  })

  it('is put together where there are more bars than a screen shows', async () => {
    const many = someBars(10_000, 3)
    writeFileSync(at('many.parquet'), barsFile(many))
    await drawn(at('many.parquet'), '--out', at('many.html'))
    const { levels } = dataOf('many.html').series[0]!
    assert.deepEqual(
      levels.map(({ frame, isWhole, times }) => [frame, isWhole, times.length]),
      [
        ['1 row', false, 1500],
        ['5 minutes', true, 2000],
        ['15 minutes', true, 667],
        ['30 minutes', true, 334],
      ],
    )
    const data = levels[1]!
    for (const bar of [0, 1, 999, 1999]) {
      const rows = many.slice(5 * bar, 5 * bar + 5)
      assert.equal(data.open[bar], rows[0]!.open)
      assert.equal(data.close[bar], rows[4]!.close)
      assert.equal(data.high[bar], Math.max(...rows.map(({ high }) => high!)))
      assert.equal(data.low[bar], Math.min(...rows.map(({ low }) => low!)))
      assert.equal(
        data.volume![bar],
        rows.reduce((sum, { volume }) => sum + volume!, 0),
      )
    }
  })

  it('has every row of up to 3,000', async () => {
    for (const [rows, frame, bars] of [
      [3000, '1 row', 3000],
      [3001, '5 minutes', 601],
    ] as const) {
      writeFileSync(at('limit.parquet'), barsFile(someBars(rows)))
      await drawn(at('limit.parquet'), '--out', at('limit.html'))
      const whole = wholeOf('limit.html')
      assert.deepEqual([whole.frame, whole.times.length], [frame, bars])
    }
  })

  it('is that of one series, in time order, between two times', async () => {
    const both = bars.flatMap((bar) => [
      { ...bar, symbol: 'AAA' },
      { ...bar, close: bar.close! + 1, high: bar.high! + 1, symbol: 'BBB' },
    ])
    writeFileSync(at('two.parquet'), barsFile(both.toReversed()))
    const range = ['--from', '2024-01-01T01:00', '--to', '2024-01-01T01:59']
    await drawn(at('two.parquet'), '--symbol', 'AAA', ...range, '--out', at('two.html'))
    const data = wholeOf('two.html')
    assert.deepEqual(
      data.close,
      bars.slice(60, 120).map(({ close }) => close),
    )
    assert.deepEqual(
      data.times,
      bars.slice(60, 120).map(({ time }) => time),
    )
    assert.deepEqual(
      dataOf('two.html').series.map(({ symbol }) => symbol),
      ['AAA'],
    )
    assert.deepEqual(dataOf('two.html').symbols, ['BBB', 'AAA'])
    for (const [args, reason] of [
      [['--symbol', 'CCC'], /there is no "CCC"; the file has "BBB", "AAA"/],
      [['--from', 'yesterday'], /--from is "yesterday"; allowed is ISO 8601/],
      [['--from', 'Jan 4 2024'], /--from is "Jan 4 2024"; allowed is ISO 8601/],
      [['--to', '2024-02-30'], /--to is "2024-02-30"; allowed is ISO 8601/],
      [['--from', '2024-01-02', '--to', '2024-01-01'], /--from 2024-01-02 is after --to 2024-01-01/],
      [['--from', '2025-01-01'], /no bar between them; the file has 2024-01-01T00:00:00 to 2024-01-01T06:39:00/],
    ] as const) {
      const { code, stderr } = await runProgram('chart', at('two.parquet'), ...args, '--out', at('none.html'))
      assert.equal(code, 2)
      assert.match(stderr, reason)
    }
  })
})

describe('a chart', () => {
  it('takes times with a space or a zone, and as UTC without one', async () => {
    for (const from of ['2024-01-01 01:00', '2024-01-01T02:00+01:00', '2024-01-01 02:00:00+0100']) {
      const { code } = await runProgramIn(
        { TZ: 'America/New_York' },
        ...['chart', at('enriched.parquet'), '--from', from, '--out', at('from.html')],
      )
      assert.deepEqual([code, wholeOf('from.html').times[0]], [0, Date.UTC(2024, 0, 1, 1)])
    }
  })

  it('draws the whole last day, and the last minute that is named', async () => {
    const days = someBars(3 * 1440)
    writeFileSync(at('days.parquet'), barsFile(days))
    for (const [to, last] of [
      ['2024-01-02', '2024-01-02T23:59'],
      ['2024-01-02T00:00', '2024-01-02T00:00'],
    ] as const) {
      await drawn(at('days.parquet'), '--to', to, '--out', at('days.html'))
      assert.equal(dataOf('days.html').series[0]!.levels[0]!.times.at(-1), Date.parse(`${last}Z`))
    }
  })

  it('refuses options that would change nothing', async () => {
    for (const [args, reason] of [
      [['--period', '7', '--keep', 'last'], /--period, --keep: .* is already enriched/],
      [['--symbol', 'AAA'], /--symbol: the file has no symbol column/],
      [['--serve', 'port'], /--serve is "port"; allowed is a port/],
    ] as const) {
      const { code, stderr } = await runProgram('chart', at('enriched.parquet'), ...args, '--out', at('none.html'))
      assert.equal(code, 2)
      assert.match(stderr, reason)
    }
    const { code, stderr } = await runProgram('chart', '--serve', '8080')
    assert.equal(code, 2)
    assert.match(stderr, /^error: missing required argument 'file'/)
    await drawn(at('bars.parquet'), '--period', '7', '--out', at('seven.html'))
    assert.deepEqual(dataOf('seven.html').supertrends, ['Supertrend 7, 3 (stockstats)'])
  })

  it('replaces no market file', async () => {
    const before = readFileSync(at('enriched.parquet'))
    writeFileSync(at('plain'), before)
    symlinkSync(at('plain'), at('linked.html'))
    for (const [input, out, reason] of [
      ['enriched.parquet', 'enriched.parquet', /--out: .*enriched.parquet" is an INPUT or OUTPUT too/],
      ['plain', 'linked.html', /--out: .*linked.html" is an INPUT or OUTPUT too/],
      ['enriched.parquet', 'other.PQ', /--out is .*the name of a market file; the page is HTML/],
      ['enriched.parquet', 'other.csv', /--out is .*the name of a market file; the page is HTML/],
    ] as const) {
      const { code, stderr } = await runProgram('chart', at(input), '--out', at(out))
      assert.equal(code, 2)
      assert.match(stderr, reason)
    }
    assert.deepEqual([readFileSync(at('enriched.parquet')), readFileSync(at('plain'))], [before, before])
    assert.ok(!existsSync(at('other.PQ')) && !existsSync(at('other.csv')))
  })

  it('says when not every removed duplicate is marked', async () => {
    writeFileSync(at('all-twice.parquet'), barsFile([...bars, ...bars]))
    await drawn(at('all-twice.parquet'), '--out', at('all-twice.html'))
    assert.match(readFileSync(at('all-twice.html'), 'utf8'), /not all of them are marked: 397 rows were removed/)
    assert.doesNotMatch(readFileSync(at('chart.html'), 'utf8'), /not all of them/)
  })

  it('is served to no other name of this machine', async (t) => {
    const program = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
    // the file is not taken for a port
    const server = spawn(process.execPath, [program, 'chart', '--serve', at('enriched.parquet')])
    t.after(() => server.kill())
    const [text] = await once(server.stdout, 'data')
    const { port } = new URL(/http:\S+/.exec(String(text))![0])
    const statusFor = (host: string) =>
      new Promise((resolve) => get({ port, host: '127.0.0.1', headers: { host } }, (got) => resolve(got.statusCode)))
    const statuses = await Promise.all([`localhost:${port}`, `127.0.0.1:${port}`, `evil.test:${port}`].map(statusFor))
    assert.deepEqual(statuses, [200, 200, 403])
    server.kill('SIGINT')
    assert.deepEqual(await once(server, 'exit'), [0, null])
  })
})

describe('the page in a browser', { skip: withoutBrowser }, () => {
  let browser: Browser
  const problems: string[] = []

  before(async () => {
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    assert.deepEqual(problems, [], 'errors in the console, or requests to a network')
  })

  async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, ...options })
    page.setDefaultTimeout(HANG_MS)
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => /^https?:/.test(request.url()) && problems.push(request.url()))
    await page.goto(pathToFileURL(at(name)).href)
    return page
  }

  async function shown(page: Page) {
    const entries = await page.$$eval('[data-field]', (fields) =>
      fields.map((field) => [field.getAttribute('data-field'), field.textContent]),
    )
    return Object.fromEntries(entries)
  }

  /** The values of a row as the page writes them. */
  function expected(name: string, i: number) {
    const data = wholeOf(name)
    const [trend] = data.trends
    const price = (value: number | null | undefined) => value?.toFixed(2) ?? ''
    const counted = (of: readonly (readonly [number, number, ...unknown[]])[]) => of.some(([bar]) => bar === i)
    return {
      time: new Date(data.times[i]!).toISOString().slice(0, 16).replace('T', ' '),
      open: price(data.open[i]),
      high: price(data.high[i]),
      low: price(data.low[i]),
      close: price(data.close[i]),
      volume: data.volume![i]!.toLocaleString('en-US'),
      line: price(trend!.line[i]),
      segment: String(trend!.segment[i] ?? ''),
      side: { '-1': 'down', 0: 'none', 1: 'up' }[String(trend!.side[i])],
      note: [
        counted(data.gaps) && 'bars are missing before it',
        counted(data.duplicates) && 'duplicates were removed',
        counted(trend!.flips) && 'the trend turned',
      ]
        .filter(Boolean)
        .join(', '),
    }
  }

  it('shows the values of the file under the cross-hair', async () => {
    const data = wholeOf('chart.html')
    const page = await open('chart.html')
    await page.focus('#chart')
    assert.deepEqual(await shown(page), expected('chart.html', 396))
    for (const [key, bar] of [
      ['Home', 0],
      ['ArrowRight', 1],
      ['PageDown', 51],
      ['ArrowLeft', 50],
      ['ArrowLeft', 49],
      ['PageDown', 99],
      ['PageDown', 149],
      ['PageDown', 199],
      ['ArrowRight', 200],
      ['End', 396],
    ] as const) {
      await page.keyboard.press(key)
      assert.deepEqual(await shown(page), expected('chart.html', bar), key)
    }
    // the chart scrolls to its end with the next frames, which come late on a busy machine
    const drawn = () =>
      page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    await drawn()
    await page.mouse.move(300, 300)
    await drawn()
    const { time } = await shown(page)
    const bar = data.times.indexOf(Date.parse(`${time.replace(' ', 'T')}Z`))
    assert.ok(bar > 150 && bar < 300, time)
    assert.deepEqual(await shown(page), expected('chart.html', bar))
    await page.close()
  })

  it('draws candles and both sides of the line', async () => {
    for (const [colorScheme, colors] of [
      ['light', { up: [0, 105, 92], down: [179, 38, 30] }],
      ['dark', { up: [77, 208, 184], down: [255, 138, 128] }],
    ] as const) {
      const page = await open('chart.html', { colorScheme })
      await page.click('#all')
      await page.waitForTimeout(100)
      const png = (await page.screenshot({ clip: { x: 0, y: 100, width: 780, height: 500 } })).toString('base64')
      const count = await page.evaluate(
        async ({ png, colors }) => {
          const image = new Image()
          image.src = `data:image/png;base64,${png}`
          await image.decode()
          const canvas = new OffscreenCanvas(image.width, image.height)
          const context = canvas.getContext('2d')!
          context.drawImage(image, 0, 0)
          const { data } = context.getImageData(0, 0, image.width, image.height)
          const near = (color: readonly number[]) => {
            let found = 0
            for (let i = 0; i < data.length; i += 4) {
              if (color.every((value, k) => Math.abs(value - data[i + k]!) < 12)) found++
            }
            return found
          }
          return { up: near(colors.up), down: near(colors.down) }
        },
        { png, colors },
      )
      assert.ok(count.up > 100 && count.down > 100, JSON.stringify({ colorScheme, ...count }))
      await page.close()
    }
  })

  it('changes between light and dark', async () => {
    const page = await open('chart.html', { colorScheme: 'light' })
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    assert.equal(await background(), 'rgb(255, 255, 255)')
    await page.click('#theme')
    assert.equal(await background(), 'rgb(18, 23, 30)')
    await page.close()
  })

  it('takes a name for text, whatever is in it', async () => {
    const name = `<img src=x onerror=alert(1)>&"'.parquet`
    writeFileSync(at(name), readFileSync(at('enriched.parquet')))
    await drawn(at(name), '--out', at('named.html'))
    const page = await open('named.html')
    assert.equal(await page.textContent('h1'), name)
    assert.equal(await page.$$eval('img', (images) => images.length), 0)
    await page.close()
  })

  it('loads detail where one zooms in, when it is served', async () => {
    const program = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
    const server = spawn(process.execPath, [program, 'chart', at('many.parquet'), '--serve'])
    try {
      const url = await new Promise<string>((resolve) =>
        server.stdout.on('data', (chunk) => resolve(/http:\S+/.exec(String(chunk))![0])),
      )
      assert.match(url, /^http:\/\/127\.0\.0\.1:/)
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
      page.setDefaultTimeout(HANG_MS)
      await page.goto(url)
      await page.focus('#chart')
      await page.keyboard.press('0')
      const frame = () => page.evaluate(() => document.documentElement.dataset.frame)
      assert.equal(await frame(), '5 minutes')
      await page.keyboard.press('Home')
      for (let i = 0; i < 500; i += 50) await page.keyboard.press('PageDown')
      for (let i = 0; i < 5; i++) await page.keyboard.press('+')
      await page.waitForFunction(() => document.documentElement.dataset.frame === '1 row')
      const { time, close } = await shown(page)
      const row = (Date.parse(`${time.replace(' ', 'T')}Z`) - Date.UTC(2024, 0, 1)) / 60_000
      assert.equal(row, 2500)
      assert.equal(close, someBars(10_000, 3)[row]!.close!.toFixed(2))
      await page.close()
    } finally {
      server.kill('SIGINT')
      assert.equal(await new Promise((resolve) => server.once('exit', resolve)), 0)
    }
  })
})
