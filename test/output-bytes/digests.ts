/**
 * `node test/output-bytes/digests.ts`: writes digests.json, the digests of all outputs, after a change of output bytes that is
 * meant.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { RefusedError } from '../../functions/shared/errors.ts'
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
  const digests: Record<string, string> = {}
  for (const input of inputs()) digests[input.name] = await digestOf(input)
  const file = new URL('digests.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify({ compressors: COMPRESSORS, digests }, undefined, 2)}\n`)
}
