/** `npm run picture`: the README's picture, the chart of the sample with the options of its first command. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SAMPLE, sampleFile } from '../../bin/local/sample.ts'
import { startBrowser } from './browser.ts'

const inRoot = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const scratch = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-picture-'))
const browser = await startBrowser()
try {
  const [sample, chart] = [path.join(scratch, SAMPLE.name), path.join(scratch, 'chart.html')]
  writeFileSync(sample, sampleFile())
  const definition = ['--definition', 'tradingview', '--period', '10']
  const args = ['chart', sample, ...definition, '--from', '2017-07-01', '--out', chart]
  execFileSync(process.execPath, [inRoot('bin/parquet-supertrend.ts'), ...args])
  const page = await browser.newPage({ viewport: { width: 1200, height: 560 }, deviceScaleFactor: 1 })
  await page.goto(pathToFileURL(chart).href)
  await page.screenshot({ path: inRoot('docs/chart.png') })
} finally {
  await browser.close()
  rmSync(scratch, { recursive: true, force: true })
}
