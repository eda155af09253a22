/** Compiles the SNAPPY of functions/parquet/compression/snappy.wat. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const folder = new URL('../../../functions/parquet/compression/', import.meta.url)

export const MODULE_FILE = fileURLToPath(new URL('snappy-module.ts', folder))

/** @returns the content of the file as it must be */
export async function compiledModule(): Promise<string> {
  const { parseWat } = await wabt()
  const module = parseWat('snappy.wat', readFileSync(new URL('snappy.wat', folder), 'utf8'), { bulk_memory: true })
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64')
  module.destroy()
  return `/** snappy.wat, compiled. */\nexport const SNAPPY_MODULE =\n  '${base64}'\n`
}
