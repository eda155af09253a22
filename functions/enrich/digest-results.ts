/** Digests of the computed results, for comparison with the values that are read back from the output. */
import type { ColumnDigest } from '../parquet/read-back/column-digest.ts'
import type { NewColumnKey } from '../shared/names.ts'
import type { Results } from './pending-results.ts'
import type { ResultsWriter } from './supertrend-columns.ts'

/**
 * A writer that also adds the results to the digests, one for each new column.
 * @param keys the columns of each Supertrend
 */
export function digesting(
  writer: ResultsWriter,
  digests: readonly ColumnDigest[],
  keys: readonly NewColumnKey[],
): ResultsWriter {
  const ofSet = Array.from({ length: digests.length / keys.length }, (_, set) =>
    Object.fromEntries(keys.map((key, i) => [key, digests[keys.length * set + i]!])),
  )
  return {
    write: (results, from, to) => {
      for (const [set, of] of results.entries()) addResults(ofSet[set]!, of, from, to)
      writer.write(results, from, to)
    },
    endRowGroup: () => writer.endRowGroup(),
  }
}

type SetDigests = { readonly [key in NewColumnKey]?: ColumnDigest }

function wordsOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4)
}

/**
 * Adds the results of one Supertrend to the digests of its columns. It does not use `PendingResults`, because the
 * read-back also checks how that makes columns of the results.
 */
function addResults(
  { upperBand, lowerBand, orientation: sides, segment: segments, atr, flip }: SetDigests,
  { line, orientation, segment, further }: Results,
  from: number,
  to: number,
): void {
  const words = wordsOf(line)
  const ranges = further && wordsOf(further.atr)
  const flips = further && new Int8Array(further.flip.buffer, further.flip.byteOffset, further.flip.length)
  // rows of one side form runs
  for (let start = from; start < to; ) {
    const side = orientation[start]!
    let end = start + 1
    while (end < to && orientation[end] === side) end++
    if (side < 0) upperBand?.addWords(words, start, end)
    else upperBand?.addNulls(end - start)
    if (side > 0) lowerBand?.addWords(words, start, end)
    else lowerBand?.addNulls(end - start)
    if (side === 0) {
      for (const digest of [sides, segments, atr, flip]) digest?.addNulls(end - start)
    } else {
      sides?.addBytes(orientation, start, end)
      segments?.addWords(segment, start, end)
      atr?.addWords(ranges!, start, end)
      flip?.addBytes(flips!, start, end)
    }
    start = end
  }
}
