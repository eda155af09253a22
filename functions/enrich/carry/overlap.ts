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
import { DEFAULT_LOOK_BACK, MAX_LOOK_BACK, maxOpenedFiles } from './look-back.ts'

export interface Overlap {
  /** Rows whose open, high, low, close or volume differ from those of the earlier file. */
  readonly conflicting: number
}

/** The files before. */
interface EarlierFiles {
  /** Of the last one, for messages. */
  readonly name: string
  /** Files with rows that are searched at most. */
  readonly lookBack?: number | undefined
  /** Opens the enriched files, the newest first. */
  earlier(): AsyncIterable<ByteSource> | Iterable<ByteSource>
}

export interface Overlapping {
  readonly file: MarketFile
  readonly computed: Pick<Computed, 'carried'>
  /** With which the file was computed. */
  readonly continuation: Continuation | undefined
  readonly carry: EarlierFiles
}

/** @throws RefusedError `before-previous` when none of the earlier files has one of the rows */
export async function compareWithEarlier(
  { file, computed, continuation, carry }: Overlapping,
  settings: EnrichSettings,
): Promise<Overlap> {
  if (computed.carried.size === 0 || !continuation) return { conflicting: 0 }
  const rows = await carriedRows(file, computed, settings)
  const numbers = continuation.numbers()
  const conflicting = new RowSet(file.footer.rows)
  const { name, lookBack = DEFAULT_LOOK_BACK } = carry
  let [files, opened] = [0, 0]
  const earlier = async function* () {
    for await (const source of carry.earlier()) {
      opened++
      yield source
    }
  }
  for await (const other of earlierFiles(earlier, settings, { lookBack })) {
    files++
    const matched = await rereading(() => matchedRows(other, file, rows, numbers))
    await compareRows(file, other, matched, (row) => conflicting.add(row))
    if (!rows.missing()) break
  }
  const missing = rows.missing()
  const isCut = files === lookBack || opened >= maxOpenedFiles({ lookBack })
  if (missing) throw beforePrevious(file, continuation, missing, { name, files, lookBack, isCut })
  return { conflicting: conflicting.size }
}

interface SearchLimits {
  readonly lookBack?: number | undefined
  /** Number of the newest files that are not read. */
  readonly skipped?: number
}

/**
 * Opens earlier files in search of bars, the newest first; files without rows do not count among those that may be searched.
 */
export async function* earlierFiles(
  earlier: () => AsyncIterable<ByteSource> | Iterable<ByteSource>,
  settings: EnrichSettings,
  { skipped = 0, lookBack = DEFAULT_LOOK_BACK }: SearchLimits = {},
): AsyncGenerator<MarketFile, undefined> {
  let [files, sources] = [0, 0]
  for await (const source of earlier()) {
    if (files === lookBack || sources === maxOpenedFiles({ lookBack })) break
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

/** How far a search went that has not found a bar. */
interface Searched {
  readonly name: string
  /** Files that were searched. */
  readonly files: number
  readonly lookBack: number
  /** Whether there may be earlier files that were not searched. */
  readonly isCut: boolean
}

function beforePrevious(
  { times }: MarketFile,
  continuation: Continuation,
  { row, time, series }: NonNullable<ReturnType<CarriedRows['missing']>>,
  searched: Searched,
): RefusedError {
  const last = times.format(continuation.lastTimeOf(series)!)
  return new RefusedError(
    'before-previous',
    `row ${row} (the first is row 0) has the time ${times.format(time)}, but its series has come to ${last} in ${searched.name} and the files before; ${remedyAfter(searched)}; or if the bar is to be inserted, add it to its own file, and enrich the files from there on again`,
  )
}

/** Names what can help: other files, or a search of more files. */
function remedyAfter({ files, lookBack, isCut }: Searched): string {
  const give = 'give the files with the same bars, too, the newest first (--after, repeated)'
  if (files === 0 && !isCut) return `if it repeats a bar of an earlier file, that enriched file is needed; ${give}`
  const found =
    files === 1
      ? 'the one earlier file that was searched does not have the bar'
      : `none of the ${files} earlier files that were searched has the bar`
  if (!isCut) return `${found}; ${give}`
  if (lookBack === MAX_LOOK_BACK) return `${found}; more are never searched: remove the bars of still earlier files`
  return `${found}; if a still earlier one has it: --look-back FILES searches more than ${lookBack}, up to ${MAX_LOOK_BACK}, of those that are given (in the library: lookBack; in the function: carry.lookBack)`
}
