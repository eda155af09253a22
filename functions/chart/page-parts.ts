/** The files that the page is put together from. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PageParts } from './chart-page.ts'

const LIBRARY = 'lightweight-charts/dist/lightweight-charts.standalone.production.js'

export async function readPageParts(): Promise<PageParts> {
  // the package names only its modules; this is the one for browsers beside them
  const library = new URL(LIBRARY.split('/').at(-1)!, import.meta.resolve('lightweight-charts'))
  const own = (name: string) => new URL(name, import.meta.url)
  const [text, script, style] = await Promise.all(
    [library, own('page-script.js'), own('page.css')].map((url) => readFile(fileURLToPath(url), 'utf8')),
  )
  return { library: text!, script: script!, style: style! }
}
