/** Enriches small files in memory. */
import { sourceOf, wholeOutput } from '../shared/byte-source.ts'
import { enrich } from './enrich.ts'
import type { EnrichSettings } from './settings.ts'

/**
 * @returns the whole enriched file
 * @throws RefusedError when it cannot be enriched
 */
export async function enrichedBytes(bytes: Uint8Array, settings: EnrichSettings): Promise<Uint8Array> {
  const source = sourceOf(bytes)
  const enriched = await enrich(source, settings)
  const pieces: Uint8Array[] = []
  for await (const piece of wholeOutput(source, enriched)) pieces.push(piece.slice())
  enriched.close()
  return Buffer.concat(pieces)
}
