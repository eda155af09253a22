/**
 * Builds the contents of the package in `dist` or in the given folder: the program, the library, the construct with the code of
 * its functions, and types. `npm pack` and `npm publish` run this first.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, buildSync, type Metafile } from 'esbuild'
import { bundle, FUNCTION_NAMES } from '../lib/bundle.ts'
import { writeDeclarations } from './build/declarations.ts'
import { licensesOf } from './build/licenses.ts'
import { buildOneStartFile } from './build/one-start-file.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const inRoot = (name: string) => path.join(root, name)
const ofPackage = createRequire(import.meta.url)

const folder = path.resolve(process.argv[2] ?? inRoot('dist'))
const inDist = (name: string) => path.join(folder, name)

const PROGRAM = inRoot('bin/parquet-supertrend.ts')
const LIBRARY_SOURCE = inRoot('functions/library.ts')
const APPEND_SOURCE = inRoot('functions/append.ts')
const CONSTRUCT = inRoot('lib/supertrend-pipeline.ts')

/** Files that the programs and the library read from their own folder. */
const READ_FILES = [
  inRoot('functions/chart/page'),
  inRoot('bin/operator/smoke-bars.csv'),
  ofPackage.resolve('parquet-wasm/esm/parquet_wasm_bg.wasm'),
  fileURLToPath(new URL('lightweight-charts.standalone.production.js', import.meta.resolve('lightweight-charts'))),
]

/** The bundles contain their packages, so that an installation has no other: the SDK of S3 alone takes 20 MB as a package. */
const SHARED: BuildOptions = {
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node20.16',
  legalComments: 'none',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
}

/** What Node imports with `import`. */
const MODULES: BuildOptions = {
  ...SHARED,
  outdir: folder,
  entryNames: '[name]',
  // what is needed on demand is in files of its own
  splitting: true,
  format: 'esm',
  // for packages that are CommonJS
  banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(inDist('commonjs'), { recursive: true })
for (const file of READ_FILES) cpSync(file, inDist(path.basename(file)), { recursive: true })
const metafiles = [
  await buildProgram(),
  buildLibrary(),
  buildCommonJs(),
  ...FUNCTION_NAMES.map((name) => bundle(name, inDist(`lambda/${name}`))),
]
writeFileSync(inDist('THIRD-PARTY-LICENSES.txt'), licensesOf(metafiles, root, READ_FILES))
writeDeclarations([LIBRARY_SOURCE, APPEND_SOURCE], inRoot('functions'), inDist('types'))
writeDeclarations([LIBRARY_SOURCE, APPEND_SOURCE, CONSTRUCT], root, inDist('commonjs/types'))

function buildProgram(): Promise<Metafile> {
  // the rows of a clone
  return buildOneStartFile({ ...MODULES, entryPoints: [PROGRAM], external: ['../../lib/environments.ts'] })
}

function buildLibrary(): Metafile {
  return buildSync({ ...MODULES, entryPoints: [LIBRARY_SOURCE, APPEND_SOURCE] }).metafile!
}

/** The library and its appending part for `require`, and the construct, which is CommonJS as `aws-cdk-lib` is. Both read the files of `dist`. */
function buildCommonJs(): Metafile {
  writeFileSync(inDist('commonjs/package.json'), '{ "type": "commonjs" }\n')
  return buildSync({
    ...SHARED,
    entryPoints: { library: LIBRARY_SOURCE, append: APPEND_SOURCE, cdk: CONSTRUCT },
    outdir: inDist('commonjs'),
    format: 'cjs',
    external: ['aws-cdk-lib', 'constructs'],
    logOverride: { 'empty-import-meta': 'silent' },
    define: { 'import.meta.url': 'moduleUrl' },
    banner: {
      js: "const moduleUrl=require('node:url').pathToFileURL(require('node:path').dirname(__dirname)+'/').href;",
    },
  }).metafile!
}
