/** Enriches files of a sequence through the library, as users do. */
import { type EnrichedParquet, type EnrichOptions, enrichParquet } from '../functions/library.ts'
import { concatBytes } from '../functions/shared/concat-bytes.ts'

export interface SequenceFile extends Pick<EnrichedParquet, 'quality' | 'layout' | 'state'> {
  readonly output: Uint8Array
}

export async function enrichFile(bytes: Uint8Array, options: EnrichOptions): Promise<SequenceFile> {
  const { quality, layout, state, bytes: output, close } = await enrichParquet(bytes, options)
  const pieces: Uint8Array[] = []
  for await (const piece of output()) pieces.push(piece.slice())
  close()
  return { quality, layout, state, output: concatBytes(pieces) }
}

/** Enriches one file after the other. Each may have bars of all before. */
export async function enrichSequence(files: readonly Uint8Array[], options: EnrichOptions = {}) {
  const enriched: SequenceFile[] = []
  for (const bytes of files) {
    const after = enriched.map(({ output }) => output).toReversed()
    enriched.push(await enrichFile(bytes, { ...options, ...(after.length > 0 ? { after } : { carry: true }) }))
  }
  return enriched
}
