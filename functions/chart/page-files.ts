/** Reads the files of which the page consists. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PageFiles } from './chart-page.ts'

const LIBRARY = 'lightweight-charts.standalone.production.js'

/** The modules of the page's script: each after those that it imports. */
const PAGE_MODULES = [
  'format.js',
  'levels.js',
  'detail.js',
  'flip-table.js',
  'values.js',
  'keys.js',
  'symbol-field.js',
  'plot.js',
  'pane.js',
  'trend-line.js',
  'flip-marks.js',
  'lanes.js',
  'trend-layer.js',
  'main.js',
]

let files: Promise<PageFiles> | undefined

/** Reads them once: a function that draws many pages has 200 KB of them in memory. */
export function readPageFiles(): Promise<PageFiles> {
  files ??= read().catch((error) => {
    files = undefined
    throw error
  })
  return files
}

async function read(): Promise<PageFiles> {
  const own = (name: string) => new URL(name, import.meta.url)
  // the function's bundle has all files side by side; the package exports only its modules, and has this file beside them
  const bundled = own(LIBRARY)
  const library = existsSync(bundled) ? bundled : new URL(LIBRARY, import.meta.resolve('lightweight-charts'))
  const text = (url: URL) => readFile(fileURLToPath(url), 'utf8')
  const modules = await Promise.all(PAGE_MODULES.map((name) => text(own(`page/${name}`))))
  return { library: await text(library), script: joinedModules(modules), style: await text(own('page/page.css')) }
}

/** A page in one file cannot import modules, so they become one script; no two of them may declare the same name. */
function joinedModules(modules: readonly string[]): string {
  const statements = modules.map((module) => module.replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, ''))
  return `{\n${statements.join('\n')}}\n`
}
