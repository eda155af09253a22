/** Digests of the computed results, for comparison with the values that are read back from the output. */
import type { ColumnDigest } from '../parquet/read-back/column-digest.ts'
import type { Results } from './pending-results.ts'
import { COLUMNS_PER_SET, type ResultsWriter } from './supertrend-columns.ts'

/** A writer that also adds the results to the digests, one for each new column. */
export function digesting(writer: ResultsWriter, digests: readonly ColumnDigest[]): ResultsWriter {
  const ofSet = Array.from({ length: digests.length / COLUMNS_PER_SET }, (_, set) =>
    digests.slice(COLUMNS_PER_SET * set, COLUMNS_PER_SET * (set + 1)),
  )
  return {
    write: (results, from, to) => {
      for (const [set, of] of results.entries()) addResults(ofSet[set]!, of, from, to)
      writer.write(results, from, to)
    },
    endRowGroup: () => writer.endRowGroup(),
  }
}

/**
 * Adds the results of one Supertrend to the digests of its four columns. It does not use `PendingResults`, because the
 * read-back also checks how that makes four columns of the results.
 */
function addResults(
  digests: readonly ColumnDigest[],
  { line, orientation, segment }: Results,
  from: number,
  to: number,
): void {
  const upper = digests[0]!
  const lower = digests[1]!
  const sides = digests[2]!
  const segments = digests[3]!
  const words = new Int32Array(line.buffer, line.byteOffset, line.length)
  // rows of one side form runs
  for (let start = from; start < to; ) {
    const side = orientation[start]!
    let end = start + 1
    while (end < to && orientation[end] === side) end++
    if (side < 0) upper.addWords(words, start, end)
    else upper.addNulls(end - start)
    if (side > 0) lower.addWords(words, start, end)
    else lower.addNulls(end - start)
    if (side === 0) {
      sides.addNulls(end - start)
      segments.addNulls(end - start)
    } else {
      sides.addBytes(orientation, start, end)
      segments.addWords(segment, start, end)
    }
    start = end
  }
}
