/** Reads the files of which the page consists. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PageParts } from './chart-page.ts'

const LIBRARY = 'lightweight-charts.standalone.production.js'

export async function readPageParts(): Promise<PageParts> {
  const own = (name: string) => new URL(name, import.meta.url)
  // the function's bundle has all files side by side; the package exports only its modules, and has this file beside them
  const bundled = own(LIBRARY)
  const library = existsSync(bundled) ? bundled : new URL(LIBRARY, import.meta.resolve('lightweight-charts'))
  const [text, script, style] = await Promise.all(
    [library, own('page-script.js'), own('page.css')].map((url) => readFile(fileURLToPath(url), 'utf8')),
  )
  return { library: text!, script: script!, style: style! }
}
