/** Reads the files of which the page consists. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PageParts } from './chart-page.ts'

const LIBRARY = 'lightweight-charts.standalone.production.js'

let parts: Promise<PageParts> | undefined

/** Reads them once: a function that draws many pages has 200 KB of them in memory. */
export function readPageParts(): Promise<PageParts> {
  parts ??= read().catch((error) => {
    parts = undefined
    throw error
  })
  return parts
}

async function read(): Promise<PageParts> {
  const own = (name: string) => new URL(name, import.meta.url)
  // the function's bundle has all files side by side; the package exports only its modules, and has this file beside them
  const bundled = own(LIBRARY)
  const library = existsSync(bundled) ? bundled : new URL(LIBRARY, import.meta.resolve('lightweight-charts'))
  const [text, script, style] = await Promise.all(
    [library, own('page-script.js'), own('page.css')].map((url) => readFile(fileURLToPath(url), 'utf8')),
  )
  return { library: text!, script: script!, style: style! }
}
