/** Enriches small files in memory. */
import { sourceOf, wholeOutput } from '../shared/byte-source.ts'
import type { Carry } from './carry/sequence.ts'
import { enrich } from './enrich.ts'
import type { EnrichSettings } from './settings.ts'

/**
 * @param carry for a file of a sequence
 * @returns the whole enriched file
 * @throws RefusedError when it cannot be enriched
 */
export async function enrichedBytes(bytes: Uint8Array, settings: EnrichSettings, carry?: Carry): Promise<Uint8Array> {
  const source = sourceOf(bytes)
  const enriched = await enrich(source, settings, undefined, undefined, carry)
  const pieces: Uint8Array[] = []
  for await (const piece of wholeOutput(source, enriched)) pieces.push(piece.slice())
  enriched.close()
  return Buffer.concat(pieces)
}
