/** Bundles the code of each function into a few modules, and puts the files that it reads beside it. */
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda'
import { AssetHashType, DockerImage } from 'aws-cdk-lib/core'
import { buildSync, type Metafile } from 'esbuild'

const FUNCTIONS = fileURLToPath(new URL('../functions/', import.meta.url))
const WASM = createRequire(import.meta.url).resolve('parquet-wasm/esm/parquet_wasm_bg.wasm')

const NODE_HTTP = fileURLToPath(new URL('./node-http.cjs', import.meta.url))
const FUNCTION_CREDENTIALS = fileURLToPath(new URL('./environment-credentials.cjs', import.meta.url))

const CHART_LIBRARY = fileURLToPath(
  new URL('lightweight-charts.standalone.production.js', import.meta.resolve('lightweight-charts')),
)

/** Functions by the folder of their handler, with the files and folders that they read from beside their code. */
const FUNCTION_FILES = {
  lambda: [WASM, path.join(FUNCTIONS, 'chart/page'), CHART_LIBRARY],
  'bucket-audit': [],
  canary: [WASM, path.join(FUNCTIONS, 'canary/bars.parquet')],
} as const
export type FunctionName = keyof typeof FUNCTION_FILES
export const FUNCTION_NAMES = Object.keys(FUNCTION_FILES) as FunctionName[]

/**
 * Writes `index.mjs`, the modules that it imports and the files that they read into a folder; takes well under a second.
 * @returns the modules in the bundle
 */
export function bundle(name: FunctionName, folder: string): Metafile {
  const { metafile } = buildSync({
    entryPoints: [path.join(FUNCTIONS, name, 'handler.ts')],
    outdir: folder,
    entryNames: 'index',
    outExtension: { '.js': '.mjs' },
    // what a usual start does not need, such as the client of SQS, is not parsed: a fifth of its processor time.
    // All modules are in one folder, because they name the files that they read relative to themselves
    splitting: true,
    chunkNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // identifiers keep their names: stack traces are then readable without source maps, which would slow every cold start
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    // the ES modules of the AWS SDK allow tree shaking and need no `require`
    mainFields: ['module', 'main'],
    alias: { 'node:http': NODE_HTTP, '@aws-sdk/credential-provider-node': FUNCTION_CREDENTIALS },
    // imported on Node before 22.15 only
    external: ['@hpcc-js/wasm-zstd'],
    metafile: true,
  })
  for (const file of FUNCTION_FILES[name]) cpSync(file, path.join(folder, path.basename(file)), { recursive: true })
  return metafile
}

/** The bundle as an asset; its hash is that of the result, so only a change of the code makes a deployment. */
export function bundledCode(name: FunctionName): AssetCode {
  // CDK caches one bundle per folder, so each function needs its own folder
  return Code.fromAsset(path.join(FUNCTIONS, name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // never pulled: bundling on this machine always succeeds or throws
      image: DockerImage.fromRegistry('unused'),
      local: {
        tryBundle: (folder) => {
          bundle(name, folder)
          return true
        },
      },
    },
  })
}
