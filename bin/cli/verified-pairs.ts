/** Pairs the originals of a folder or a pattern with their enriched files. */
import { type BatchFile, batchFiles } from './batch-files.ts'
import { parquetName } from './locations.ts'

/** An original with its enriched file, of which one may be missing. */
export interface Pair {
  /** Of the original; of one that is missing, as it would be. */
  readonly name: string
  readonly isMissing: boolean
  readonly enriched: string | undefined
}

export const NO_ORIGINAL = 'it has no original'
export const NO_ENRICHED = 'it has no enriched file'

/**
 * @returns each original, and the enriched files without one
 * @throws RefusedError `path` when a folder or a pattern has no file
 */
export async function verifiedPairs(original: string, enriched: string) {
  // the folder of the enriched files may be in that of the originals
  const originals = await batchFiles([original], enriched)
  return pairedByPlace(originals, await batchFiles([enriched]))
}

function pairedByPlace(originals: readonly BatchFile[], outputs: readonly BatchFile[]) {
  const left = new Map(outputs.map(({ place, name }) => [place, name]))
  const pairs = originals.map(({ name, place }): Pair => {
    const output = parquetName(place)
    const enriched = left.get(output)
    left.delete(output)
    return { name, isMissing: false, enriched }
  })
  const [first] = originals
  const folder = first?.name.endsWith(first.place) ? first.name.slice(0, -first.place.length) : ''
  const unpaired = [...left].map(([place, enriched]) => ({ name: folder + place, isMissing: true, enriched }))
  return { pairs, unpaired }
}
