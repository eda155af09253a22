/**
 * `node test/output-bytes/digests.ts`: writes digests.json, the digests of all outputs, after a change of output bytes that is
 * meant.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { RefusedError } from '../../functions/shared/errors.ts'
import { ENGINE_VERSION } from '../../functions/shared/names.ts'
import { enrichAndKeep } from '../parquet-files.ts'
import { type Input, inputs } from './inputs.ts'

/** Bytes that Node compresses differ from version to version of these. */
export const COMPRESSORS = { zlib: process.versions.zlib, zstd: process.versions.zstd }

/** Of the output and of the file of the rows that were dropped; the code where a file is refused. */
export async function digestOf({ bytes, settings }: Input): Promise<string> {
  try {
    const { output, dropped } = await enrichAndKeep(bytes(), settings)
    const hash = createHash('sha256').update(output)
    return hash.update(dropped).digest('hex').slice(0, 32)
  } catch (error) {
    if (error instanceof RefusedError) return error.code
    throw error
  }
}

if (import.meta.main) {
  const file = new URL('digests.json', import.meta.url)
  const before = JSON.parse(readFileSync(file, 'utf8'))
  const digests: Record<string, string> = {}
  for (const input of inputs()) digests[input.name] = await digestOf(input)
  const changed = Object.keys(digests).filter((name) => (before.digests[name] ?? digests[name]) !== digests[name])
  if (changed.length > 0 && before.engineVersion === ENGINE_VERSION) {
    const remedy = 'raise ENGINE_VERSION in functions/shared/names.ts, so that a backfill makes these outputs again'
    throw new Error(`${changed.length} outputs have other bytes, such as that of ${changed[0]}; ${remedy}`)
  }
  const written = { engineVersion: ENGINE_VERSION, compressors: COMPRESSORS, digests }
  writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`)
}
