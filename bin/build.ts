/**
 * Builds the program and the library as JavaScript, with types, in `dist` or in the given folder. `npm pack` and `npm publish`
 * run this first.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const inRoot = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

const folder = path.resolve(process.argv[2] ?? inRoot('dist'))

rmSync(folder, { recursive: true, force: true })
buildSync({
  entryPoints: [inRoot('bin/parquet-supertrend.ts'), inRoot('functions/library.ts')],
  outdir: folder,
  entryNames: '[name]',
  bundle: true,
  // each command loads what it needs
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  packages: 'external',
  logLevel: 'warning',
})
for (const part of ['page-script.js', 'page.css'])
  copyFileSync(inRoot(`functions/chart/${part}`), path.join(folder, part))
const declarations = [
  ...['--ignoreConfig', '--emitDeclarationOnly', '--declaration', '--strict', '--skipLibCheck'],
  ...['--target', 'es2024', '--module', 'nodenext', '--types', 'node'],
  ...['--allowImportingTsExtensions', '--rewriteRelativeImportExtensions'],
  ...['--rootDir', inRoot('functions'), '--outDir', path.join(folder, 'types'), inRoot('functions/library.ts')],
]
execFileSync(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), ...declarations], { stdio: 'inherit' })
