/// <reference lib="dom" />
/** Pages of charts, opened in a browser. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chartServer } from '../../bin/cli/chart-server.ts'
import { type ChartData, chartData } from '../../functions/chart/chart-data.ts'
import { openChartFile } from '../../functions/chart/chart-file.ts'
import { chartPage } from '../../functions/chart/chart-page.ts'
import { ChartSession } from '../../functions/chart/chart-session.ts'
import { readPageFiles } from '../../functions/chart/page-files.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { CHART_POINTS } from '../../functions/shared/names.ts'
import { SETTINGS, temporaryFolder } from '../parquet-files.ts'
import { HANG_MS } from './browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')

const scratch = temporaryFolder()
const REQUEST = { title: 'bars', points: CHART_POINTS }

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options })
  page.setDefaultTimeout(HANG_MS)
  await page.goto(url)
  return page
}

/** The page of an enriched file. */
export async function writtenPage(file: ByteSource, request = {}): Promise<{ url: string; data: ChartData }> {
  const data = await chartData(file, SETTINGS, { ...REQUEST, ...request })
  const name = path.join(scratch, 'chart.html')
  writeFileSync(name, chartPage(data, await readPageFiles()))
  return { url: pathToFileURL(name).href, data }
}

/** The same page, served. */
export async function servedPage(file: ByteSource): Promise<{ url: string; session: ChartSession; close: () => void }> {
  const session = await ChartSession.open(await openChartFile(file, SETTINGS), SETTINGS, REQUEST)
  const server = chartServer(session, chartPage(session.data(), await readPageFiles(), true))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, session, close }
}

/** What the page states about its drawing. */
export function stateOf(page: Page) {
  return page.evaluate(() => ({ ...document.documentElement.dataset }))
}

/** The values at the cross-hair. */
export async function valuesOf(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries(
    await page.$$eval('[data-field]', (fields) =>
      fields.map((field) => [field.getAttribute('data-field')!, field.textContent ?? '']),
    ),
  )
}

/** The library draws what has changed with the next frame. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

/** The pixels of the line's two colours in each of ten vertical stripes of the chart without its price axis. */
export async function linePixels(page: Page): Promise<number[]> {
  await drawn(page)
  const { x, y, width, height } = (await page.locator('#chart').boundingBox())!
  const png = (await page.screenshot({ clip: { x, y, width: width - 80, height: height - 60 } })).toString('base64')
  return page.evaluate(async (png) => {
    const style = getComputedStyle(document.documentElement)
    const colors = ['--up', '--down'].map((name) =>
      style
        .getPropertyValue(name)
        .match(/[0-9a-f]{2}/g)!
        .map((hex) => Number.parseInt(hex, 16)),
    )
    const image = new Image()
    image.src = `data:image/png;base64,${png}`
    await image.decode()
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    const stripes = new Array(10).fill(0)
    for (let i = 0; i < data.length; i += 4) {
      const isLine = colors.some((color) => color.every((value, k) => Math.abs(value - data[i + k]!) < 12))
      if (isLine) stripes[Math.floor((10 * ((i / 4) % image.width)) / image.width)]++
    }
    return stripes
  }, png)
}

/** What axe-core reports of a page that was opened with `bypassCSP`. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: AXE })
  return page.evaluate(async () => {
    type Violations = { violations: { id: string; nodes: { html: string }[] }[] }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Violations> } }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}
