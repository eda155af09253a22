/** `npm run picture`: the pictures of the documentation, charts of the sample with the options of the README's first command. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SAMPLE, sampleFile } from '../../bin/local/sample.ts'
import { startBrowser } from './browser.ts'
import { drawn } from './drawn-page.ts'

const PICTURES = [
  { name: 'chart.png', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'chart-phone.png', width: 390, height: 844, colorScheme: 'dark' },
] as const

const inRoot = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const scratch = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-picture-'))
const browser = await startBrowser()
try {
  const [sample, chart] = [path.join(scratch, SAMPLE.name), path.join(scratch, 'chart.html')]
  writeFileSync(sample, sampleFile())
  const definition = ['--definition', 'tradingview', '--period', '10']
  const args = ['chart', sample, ...definition, '--from', '2017-07-01', '--out', chart]
  execFileSync(process.execPath, [inRoot('bin/parquet-supertrend.ts'), ...args])
  for (const { name, width, height, colorScheme } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, deviceScaleFactor: 1 })
    await page.goto(pathToFileURL(chart).href)
    await drawn(page)
    await page.screenshot({ path: inRoot(`docs/${name}`) })
  }
} finally {
  await browser.close()
  rmSync(scratch, { recursive: true, force: true })
}
