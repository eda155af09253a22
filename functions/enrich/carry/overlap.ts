/**
 * Rows of a file that are not after the end of their series in the files before. If an earlier file has the same series and
 * time, the row is a duplicate, judged like one within a file; otherwise the file is refused.
 */
import type { Continuation } from '../../market/carry/continuation.ts'
import { exactlyIn } from '../../market/carry/time-units.ts'
import { RowSet } from '../../market/duplicates/row-set.ts'
import { rereading } from '../../market/times/reread-times.ts'
import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import { readBars } from '../bars.ts'
import type { Computed } from '../compute.ts'
import { type MarketFile, openMarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import { type CarriedRows, carriedRows } from './carried-rows.ts'
import { compareRows, type MatchedRows } from './compare-rows.ts'

/** Files with rows that a file may overlap: a rolling download of a week, one file per day. */
export const MAX_OVERLAPPING_FILES = 7
/** Files that are opened in search of these, because some may have no rows. */
export const MAX_OPENED_FILES = 30

export interface Overlap {
  /** Rows whose open, high, low, close or volume differ from those of the earlier file. */
  readonly conflicting: number
}

export interface Overlapping {
  readonly file: MarketFile
  readonly computed: Pick<Computed, 'carried'>
  /** With which the file was computed. */
  readonly continuation: Continuation | undefined
  /** Names the file before, for messages. */
  readonly name: string
}

/**
 * @param earlier opens the enriched files before, the newest first
 * @throws RefusedError `before-previous` when none of them has one of the rows
 */
export async function compareWithEarlier(
  { file, computed, continuation, name }: Overlapping,
  settings: EnrichSettings,
  earlier: () => AsyncIterable<ByteSource> | Iterable<ByteSource>,
): Promise<Overlap> {
  if (computed.carried.size === 0 || !continuation) return { conflicting: 0 }
  const rows = await carriedRows(file, computed, settings)
  const numbers = continuation.numbers()
  const conflicting = new RowSet(file.footer.rows)
  let files = 0
  for await (const other of earlierFiles(earlier, settings)) {
    files++
    const matched = await rereading(() => matchedRows(other, file, rows, numbers))
    await compareRows(file, other, matched, (row) => conflicting.add(row))
    if (!rows.missing()) break
  }
  const missing = rows.missing()
  if (missing) throw beforePrevious(file, continuation, missing, { name, files })
  return { conflicting: conflicting.size }
}

/**
 * Opens earlier files in search of bars, the newest first; files without rows do not count among those that may be searched.
 * @param skipped number of the newest files that are not opened
 */
export async function* earlierFiles(
  earlier: () => AsyncIterable<ByteSource> | Iterable<ByteSource>,
  settings: EnrichSettings,
  skipped = 0,
): AsyncGenerator<MarketFile, undefined> {
  let [files, sources] = [0, 0]
  for await (const source of earlier()) {
    if (files === MAX_OVERLAPPING_FILES || sources === MAX_OPENED_FILES) break
    if (++sources <= skipped) continue
    const file = await openMarketFile(source, settings)
    if (file.footer.rows === 0) continue
    files++
    yield file
  }
  return undefined
}

/** The rows of an earlier file that are among `rows`. */
export async function matchedRows(
  other: MarketFile,
  file: MarketFile,
  rows: CarriedRows,
  numbers: ReadonlyMap<string, number>,
): Promise<MatchedRows> {
  /** By series of the earlier file, its number in this one. */
  const own: (number | undefined)[] = other.columns.series.length === 0 ? [numbers.get('')] : []
  const earlierRows: number[] = []
  const places: number[] = []
  for await (const bars of readBars(other, [], (_, key) => own.push(numbers.get(key)))) {
    const { unit } = other.times
    for (let i = 0; i < bars.rows; i++) {
      const series = own[bars.series ? bars.series[i]! : 0]
      if (series === undefined) continue
      const time = exactlyIn(bars.times.values[i]!, unit, file.times.unit)
      const place = time === undefined ? -1 : rows.find(series, time)
      if (place < 0) continue
      earlierRows.push(bars.firstRow + i)
      places.push(place)
    }
  }
  const isNew = places.map((place) => rows.mark(place))
  const earlier = Uint32Array.from(earlierRows.filter((_, i) => isNew[i]))
  return { earlier, places: places.filter((_, i) => isNew[i]), rows }
}

function beforePrevious(
  { times }: MarketFile,
  continuation: Continuation,
  { row, time, series }: NonNullable<ReturnType<CarriedRows['missing']>>,
  { name, files }: { readonly name: string; readonly files: number },
): RefusedError {
  const last = times.format(continuation.lastTimeOf(series)!)
  const searched =
    files === 0
      ? 'if it repeats a bar of an earlier file, that enriched file is needed'
      : `${files === 1 ? 'the one earlier file' : `none of the ${files} earlier files`} that ${files === 1 ? 'was searched does not have' : 'were searched has'} the bar (at most ${MAX_OVERLAPPING_FILES} with rows are searched)`
  return new RefusedError(
    'before-previous',
    `row ${row} (the first is row 0) has the time ${times.format(time)}, but its series has come to ${last} in ${name} and the files before; ${searched}; give the files with the same bars, too, the newest first (--after, repeated); or if the bar is to be inserted, add it to its own file, and enrich the files from there on again`,
  )
}
