/**
 * Bars of a series that was forgotten. The state does not say where the series ended, so only the earlier files show that a bar
 * of it is published already.
 */
import type { Continuation } from '../../market/carry/continuation.ts'
import { RowSet } from '../../market/duplicates/row-set.ts'
import { rereading } from '../../market/times/reread-times.ts'
import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import { readBars } from '../bars.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import { type CarriedRows, carriedRows } from './carried-rows.ts'
import type { SequenceLimits } from './look-back.ts'
import { earlierFiles, matchedRows } from './overlap.ts'

/**
 * @param continuation with which the file was computed
 * @param limits as many files before as `forgetAfter` cannot have a series that is forgotten, so they are not read
 * @param earlier opens the enriched files before, the newest first
 * @throws RefusedError `before-previous` when one of them has a bar that would be published again
 */
export async function checkForgotten(
  file: MarketFile,
  continuation: Continuation,
  settings: EnrichSettings,
  { forgetAfter, lookBack }: SequenceLimits & { readonly forgetAfter: number },
  earlier: () => AsyncIterable<ByteSource> | Iterable<ByteSource>,
): Promise<void> {
  if (continuation.newSeries === 0) return
  let rows: CarriedRows | undefined
  const numbers = continuation.numbers()
  for await (const other of earlierFiles(earlier, settings, { lookBack, skipped: forgetAfter })) {
    rows ??= await carriedRows(file, { carried: await rowsOfNewSeries(file, continuation) }, settings)
    const ofNewSeries = rows
    const { places } = await rereading(() => matchedRows(other, file, ofNewSeries, numbers))
    if (places.length > 0) throw publishedTwice(ofNewSeries.rowAt(places[0]!), forgetAfter)
  }
}

async function rowsOfNewSeries(file: MarketFile, continuation: Continuation): Promise<RowSet> {
  const found = new RowSet(file.footer.rows)
  for await (const bars of readBars(file)) {
    for (let i = 0; i < bars.rows; i++) {
      if (continuation.isNew(bars.series ? bars.series[i]! : 0)) found.add(bars.firstRow + i)
    }
  }
  return found
}

function publishedTwice(row: number, forgetAfter: number): RefusedError {
  return new RefusedError(
    'before-previous',
    `row ${row} (the first is row 0) is in an earlier file already, and would be published twice: its series was forgotten, because the ${forgetAfter} files after that one do not have it (--forget-after; in the library: forgetAfter); remove the bars of earlier files from this one, or enrich the sequence again with a larger number`,
  )
}
