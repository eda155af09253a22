/** Writes the types of modules, and of their imports, as declarations. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Its own package exports no path to it. */
const TSC = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

const OPTIONS = [
  ...['--ignoreConfig', '--emitDeclarationOnly', '--declaration', '--strict', '--skipLibCheck'],
  ...['--target', 'es2024', '--module', 'nodenext', '--types', 'node'],
  ...['--allowImportingTsExtensions', '--rewriteRelativeImportExtensions'],
]

/** @param rootDir whose folders are kept below `outDir` */
export function writeDeclarations(modules: readonly string[], rootDir: string, outDir: string): void {
  execFileSync(process.execPath, [TSC, ...OPTIONS, '--rootDir', rootDir, '--outDir', outDir, ...modules], {
    stdio: 'inherit',
  })
  const needed = new Set<string>()
  for (const module of modules) {
    follow(path.join(outDir, path.relative(rootDir, module).replace(/\.ts$/, '.d.ts')), needed)
  }
  for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
    const name = path.join(entry.parentPath, entry.name)
    // the compiler also writes those of modules that no public type mentions: 9 of 10
    if (entry.isFile() && !needed.has(name)) rmSync(name)
  }
}

/** An import of a file beside; in declarations the compiler keeps the extension of the source. */
const IMPORT = /((?:from|import\()\s*['"])(\.[^'"]+)\.[jt]s(?=['"])/g

/** Adds a declaration, and those that it imports; their names become those of modules, which every compiler resolves. */
function follow(name: string, needed: Set<string>): void {
  if (needed.has(name)) return
  needed.add(name)
  const text = readFileSync(name, 'utf8')
  writeFileSync(name, text.replaceAll(IMPORT, '$1$2.js'))
  for (const [, , imported] of text.matchAll(IMPORT)) follow(path.join(path.dirname(name), `${imported}.d.ts`), needed)
}
