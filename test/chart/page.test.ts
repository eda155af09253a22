/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { flipsCsv } from '../../functions/chart/flips-csv.ts'
import { barsFile, enrichBytes, memorySource, readRows, someBars } from '../parquet-files.ts'
import { startBrowser, withoutBrowser } from './browser.ts'
import { drawn, linePixels, openPage, servedPage, stateOf, valuesOf, violations, writtenPage } from './drawn-page.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2024, 0, 1)

async function enrichedFile(bars: Parameters<typeof barsFile>[0], settings = {}) {
  const { output } = await enrichBytes(barsFile(bars), settings)
  return { output, file: memorySource(output) }
}

/** The number of the minute at the cross-hair. */
async function minuteOf(page: Page) {
  const { time } = await valuesOf(page)
  return (Date.parse(`${time!.replace(' ', 'T')}Z`) - START) / MINUTE_MS
}

describe('the page of a chart', { skip: withoutBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('has the line at every level of detail', async () => {
    for (const rows of [300, 3001]) {
      const { file } = await enrichedFile(someBars(rows))
      const page = await openPage(browser, (await writtenPage(file)).url)
      const frames = []
      for (const view of ['the last bars', 'all bars']) {
        if (view === 'all bars') await page.click('#all')
        const stripes = await linePixels(page)
        assert.ok(Math.min(...stripes) > 10, `${rows} rows, ${view}: ${stripes}`)
        frames.push((await stateOf(page)).frame)
      }
      assert.deepEqual(frames, rows === 300 ? ['1 row', '1 row'] : ['1 row', '5 minutes'])
      await page.close()
    }
  })

  it('shows the values of the file, also of aggregated bars', async () => {
    const { output, file } = await enrichedFile(someBars(3001))
    const rows = await readRows(output)
    const page = await openPage(browser, (await writtenPage(file)).url)
    const lineAt = (row: number) => Number(rows[row]!.supertrend_ub ?? rows[row]!.supertrend_lb).toFixed(2)
    assert.equal((await valuesOf(page)).line, lineAt(3000))
    await page.click('#all')
    await page.focus('#chart')
    await page.keyboard.press('Home')
    await page.keyboard.press('PageDown')
    const { time, open, close, line } = await valuesOf(page)
    assert.deepEqual(
      [time, open, close, line],
      ['2024-01-01 04:10', Number(rows[250]!.open).toFixed(2), Number(rows[254]!.close).toFixed(2), lineAt(254)],
    )
    await page.close()
  })

  it('opens at the last 300 bars, and has all of them on a phone', async () => {
    const { file } = await enrichedFile(someBars(10_000))
    const { url } = await writtenPage(file)
    const page = await openPage(browser, url, { viewport: { width: 390, height: 844 }, hasTouch: true })
    const minuteAt = async (share: number) => {
      await drawn(page)
      const { x, y, width } = (await page.locator('#chart').boundingBox())!
      await page.mouse.move(x + 1 + share * (width - 80), y + 100)
      return minuteOf(page)
    }
    assert.ok(Math.abs((await minuteAt(0)) - 9700) < 5)
    await page.click('#all')
    assert.ok((await minuteAt(0)) < 120)
    await page.click('text=1D')
    assert.ok(Math.abs((await minuteAt(0)) - 8560) < 20)
    await page.close()
  })

  it('lets one choose the symbol and the parameters', async (t) => {
    const names = Array.from({ length: 10 }, (_, i) => `S${i}`)
    const bars = names.flatMap((symbol, i) => someBars(100, i + 1).map((bar) => ({ ...bar, symbol })))
    const supertrends = [1, 3].map((multiplier) => ({ definition: 'tradingview', period: 10, multiplier }))
    const { output, file } = await enrichedFile(bars, { supertrends })
    const rows = await readRows(output)
    const served = await servedPage(file)
    t.after(served.close)
    const { url } = await writtenPage(file)
    for (const [address, missing] of [
      [served.url, ''],
      [url, 'S9 is not in this page. The command chart draws it with --symbol, or any with --serve.'],
    ] as const) {
      const page = await openPage(browser, address)
      const choose = async (symbol: string) => {
        await page.fill('#symbol', symbol)
        await page.keyboard.press('Enter')
      }
      const last = (symbol: string) => rows.findLast((row) => row.symbol === symbol)!
      const priceOf = (value: unknown) => Number(value).toFixed(2)
      for (const symbol of ['S0', 'S7']) {
        await choose(symbol)
        const { supertrend_ub_10_1, supertrend_lb_10_1, close } = last(symbol)
        const { line, close: shown } = await valuesOf(page)
        assert.deepEqual([shown, line], [priceOf(close), priceOf(supertrend_ub_10_1 ?? supertrend_lb_10_1)])
      }
      await page.selectOption('#supertrend', { index: 1 })
      const { supertrend_ub_10_3, supertrend_lb_10_3 } = last('S7')
      assert.equal((await valuesOf(page)).line, priceOf(supertrend_ub_10_3 ?? supertrend_lb_10_3))
      assert.match((await page.textContent('#subtitle'))!, /^S7, Supertrend 10, 3 \(tradingview\), 100 rows$/)
      await choose('S9')
      const shown = missing === '' ? 'S9' : 'S7'
      await page.waitForFunction(
        (symbol) => document.querySelector('#subtitle')!.textContent!.startsWith(symbol),
        shown,
      )
      assert.equal((await valuesOf(page)).close, priceOf(last(shown).close))
      assert.equal(await page.textContent('#message'), missing)
      await choose('nothing')
      assert.equal(await page.textContent('#message'), 'There is no nothing.')
      await page.close()
    }
  })

  it('lists the flips, and saves them as CSV', async (t) => {
    const { file } = await enrichedFile(someBars(3001))
    const served = await servedPage(file)
    t.after(served.close)
    const { url, data } = await writtenPage(file)
    const [flips] = data.series[0]!.flips
    const texts: string[] = []
    for (const address of [url, served.url]) {
      const page = await openPage(browser, address)
      const cells = await page.$$eval('#flips tr', (rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent)),
      )
      assert.equal(cells.length, flips!.count)
      const latest = flips!.count - 1
      assert.deepEqual(cells[0], [
        new Date(flips!.times[latest]!).toISOString().slice(0, 16).replace('T', ' '),
        flips!.sides[latest]! > 0 ? 'up' : 'down',
        flips!.prices[latest]!.toFixed(2),
        String(flips!.bars[latest]),
        `${flips!.returns[latest]! > 0 ? '+' : ''}${(100 * flips!.returns[latest]!).toFixed(2)} %`,
      ])
      const download = page.waitForEvent('download')
      await page.click('#csv')
      texts.push(readFileSync(await (await download).path(), 'utf8'))
      await page.click('#flips tr:last-child button')
      const minute = (flips!.times[0]! - START) / MINUTE_MS
      // a served page then loads the rows
      const [frame, bar] = address === url ? ['5 minutes', minute - (minute % 5)] : ['1 row', minute]
      await page.waitForFunction((frame) => document.documentElement.dataset.frame === frame, frame)
      assert.equal(await minuteOf(page), bar)
      await page.close()
    }
    assert.equal(texts[0], texts[1])
    assert.equal(texts[0], flipsCsv(flips!))
  })

  it('is accessible with all that it can have', async () => {
    const bars = ['A', 'B'].flatMap((symbol) => someBars(200).map((bar) => ({ ...bar, symbol })))
    const supertrends = [1, 3].map((multiplier) => ({ definition: 'stockstats', period: 10, multiplier }))
    const { file } = await enrichedFile([...bars, ...bars.slice(-3).map((bar) => ({ ...bar, close: 1 }))], {
      supertrends,
    })
    const { url, data } = await writtenPage(file)
    assert.equal(data.warnings.length > 0, true)
    for (const options of [
      { colorScheme: 'light' as const },
      { colorScheme: 'dark' as const, viewport: { width: 390, height: 844 } },
    ]) {
      const page = await openPage(browser, url, { ...options, bypassCSP: true })
      assert.deepEqual(await violations(page), [])
      await page.close()
    }
  })

  it('ends at the right view after many zooms over slow responses, with no request under way', async (t) => {
    const bars = someBars(40_000)
    const { file } = await enrichedFile(bars)
    const { url, close } = await servedPage(file)
    t.after(close)
    const page = await openPage(browser, 'about:blank')
    await page.addInitScript(countRequests)
    await page.route('**/bars?*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 250))
      await route.continue().catch(() => undefined)
    })
    await page.goto(url)
    await page.focus('#chart')
    for (const key of ['0', 'Home', ...Array(5).fill('PageDown')]) await page.keyboard.press(key)
    const before = await minuteOf(page)
    for (let i = 0; i < 14; i++) {
      await page.keyboard.press('+')
      if (i % 2 === 1) await page.waitForTimeout(180)
    }
    await page.waitForFunction(() => document.documentElement.dataset.frame === '1 row')
    await page.waitForTimeout(200)
    const { state, requests, underWay, most } = await stateOf(page)
    assert.deepEqual([state, underWay, most], ['idle', '0', '1'])
    assert.ok(Number(requests) < 10, requests)
    // the chosen bar is in the middle of the fewest rows that are on display at once
    const minuteAt = async (share: number) => {
      const { x, y, width } = (await page.locator('#chart').boundingBox())!
      await page.mouse.move(x + 2 + share * (width - 4 - PRICE_AXIS), y + 100)
      return minuteOf(page)
    }
    assert.equal(await minuteAt(0.5), before)
    for (const [share, row] of [
      [0, before - 2],
      [1, before + 2],
    ] as const) {
      const found = await minuteAt(share)
      assert.ok(Math.abs(found - row) <= 1, `${found} instead of ${row}`)
    }
    await minuteAt(0.5)
    assert.equal((await valuesOf(page)).close, bars[before]!.close!.toFixed(2))
    await page.close()
  })
})

/** Pixels of the price axis for prices of six characters. */
const PRICE_AXIS = 64

/** In the page: counts its requests, and those of them that are neither answered nor dropped. */
function countRequests() {
  const { fetch } = globalThis
  const live = new Set<object>()
  let [requests, most] = [0, 0]
  const note = () => {
    most = Math.max(most, live.size)
    const counts = { requests, most, underWay: live.size }
    for (const [name, value] of Object.entries(counts)) document.documentElement.dataset[name] = String(value)
  }
  globalThis.fetch = async (url, options) => {
    const request = {}
    const end = () => {
      live.delete(request)
      note()
    }
    requests++
    live.add(request)
    note()
    options?.signal?.addEventListener('abort', end)
    try {
      return await fetch(url, options)
    } finally {
      end()
    }
  }
}
