/** Holds a small output in memory, for what is made of its values. */
import type { Enriched } from '../enrich/enrich.ts'
import { type ByteSource, sourceOf, wholeOutput } from '../shared/byte-source.ts'
import type { ObjectSource } from '../storage/object-source.ts'

/** Inputs that are larger have no chart and no flips in their notice, because both need the whole output in memory. */
export const MAX_HELD_MIB = 16

export async function outputInMemory(source: ObjectSource, enriched: Enriched): Promise<ByteSource> {
  const pieces: Uint8Array[] = []
  for await (const piece of wholeOutput(source, enriched)) pieces.push(piece.slice())
  return sourceOf(Buffer.concat(pieces))
}
