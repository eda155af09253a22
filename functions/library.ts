/** The public interface, which is kept stable: `import { enrichParquet } from 'parquet-supertrend'`. */
import type { Flip } from './audit/flip.ts'
import { flipsOf } from './audit/flips.ts'
import { carryAfter } from './enrich/carry/carry-after.ts'
import { givenCarry } from './enrich/carry/given-files.ts'
import { type CarriedSeries, carriedSeries } from './enrich/carry/series-states.ts'
import {
  checkNames,
  checkParameters,
  checkSettings,
  checkZeroPrices,
  newColumnsOf,
  supertrendsOf,
} from './enrich/check-options.ts'
import { enrich } from './enrich/enrich.ts'
import type { EnrichOptions, Previous } from './enrich/enrich-options.ts'
import { DEFAULT_JUDGEMENT, DEFAULT_READ_BACK, DEFAULT_SUPERTREND, type EnrichSettings } from './enrich/settings.ts'
import { decodeState } from './market/carry/state-bytes.ts'
import type { ColumnChoices } from './market/named-columns.ts'
import type { Quality } from './market/quality/quality.ts'
import { type SupertrendSeries, type SupertrendSeriesOptions, seriesOf } from './market/supertrend-series.ts'
import { checkIsState } from './market/supertrend-series-state.ts'
import { type ByteSource, wholeOutput } from './shared/byte-source.ts'
import { givenSource } from './shared/given-source.ts'
import { DEFAULT_MEMORY_BYTES } from './shared/memory-budget.ts'

export type { Flip } from './audit/flip.ts'
export type { CarriedSeries } from './enrich/carry/series-states.ts'
export type { NewColumnWord } from './enrich/chosen-columns.ts'
export type { EnrichOptions, Previous } from './enrich/enrich-options.ts'
export type { ColumnChoices } from './market/named-columns.ts'
export type { Conflict, Quality } from './market/quality/quality.ts'
export type { Warning } from './market/quality/warnings.ts'
export type { WithoutPrice } from './market/quality/without-price.ts'
export type { SupertrendParameters } from './market/supertrend.ts'
export type {
  SeriesPrices,
  SeriesValues,
  SupertrendSeries,
  SupertrendSeriesOptions,
} from './market/supertrend-series.ts'
export type { StateNumber, SupertrendSeriesState } from './market/supertrend-series-state.ts'
export type { ByteSource, Room } from './shared/byte-source.ts'
export { REFUSAL_CODES, type RefusalCode, RefusedError } from './shared/errors.ts'

/** An enriched file that has been computed and not written yet. Call `close` when it is no longer needed. */
export interface EnrichedParquet {
  /** Findings about the file: counts, conflicts, warnings. */
  readonly quality: Quality
  /** `appended`: the output begins with the bytes of the input. `compacted`: a new file without the removed rows. */
  readonly layout: 'appended' | 'compacted'
  /** The state that the next file of the sequence continues. Undefined without `carry` and `after`. */
  readonly state: Uint8Array | undefined
  /** Names of the new columns. */
  readonly newColumns: readonly string[]
  /** Yields the whole output; each call yields the same bytes. The input must not change until they have been read. */
  bytes(): AsyncIterable<Uint8Array>
  /**
   * Yields the part that follows the input if the layout is `appended`, else the whole output. For callers that copy the
   * input themselves, for example with a server-side copy.
   */
  newBytes(): AsyncIterable<Uint8Array>
  /**
   * Yields a parquet file of the removed rows, with no rows if none was removed: all columns of the input, then `dropped_row`
   * and `kept_row`, row numbers of the input counted from 0.
   */
  droppedBytes(): AsyncIterable<Uint8Array>
  /** Frees memory and temporary files. The byte iterables cannot be read afterwards. */
  close(): void
}

/**
 * Removes duplicate bars from a market parquet file and appends Supertrend columns. Computes the values; the returned
 * object yields the bytes.
 *
 * @param input the bytes of the file, or an object that reads them at any offset, such as one that sends ranged requests
 * @param options the columns to compute, and how rows and columns are read
 * @throws RefusedError if the file or an option is refused; `code` is stable, `message` says what to do
 * @throws TypeError if the input or `after` is no file, such as the name of one
 */
export async function enrichParquet(
  input: ByteSource | Uint8Array,
  options: EnrichOptions = {},
): Promise<EnrichedParquet> {
  checkNames('enrichParquet', options, OPTION_NAMES)
  const source = givenSource(input, 'the input')
  const settings: EnrichSettings = {
    supertrends: supertrendsOf(options.supertrends ?? [{}]),
    codec: options.codec ?? 'auto',
    keep: options.keep ?? DEFAULT_JUDGEMENT.keep,
    conflicts: options.conflicts ?? DEFAULT_JUDGEMENT.conflicts,
    conflictLimit: options.conflictLimit ?? DEFAULT_JUDGEMENT.conflictLimit,
    zeroPrices: options.zeroPrices ?? DEFAULT_JUDGEMENT.zeroPrices,
    castPrices: options.castPrices ?? DEFAULT_JUDGEMENT.castPrices,
    timeFormat: options.timeFormat,
    strict: options.strict ?? DEFAULT_JUDGEMENT.strict,
    readBack: options.readBack ?? DEFAULT_READ_BACK,
    columns: options.columns ?? {},
    memoryBudgetBytes: options.memoryBudgetBytes ?? DEFAULT_MEMORY_BYTES,
    ...newColumnsOf(options),
  }
  checkSettings(settings)
  const carry = await givenCarry(options, settings.memoryBudgetBytes)
  const enriched = await enrich(source, settings, options.onRowsRead, undefined, carry)
  const { quality, layout, newColumns, state, bytes, droppedBytes, close } = enriched
  const newBytes = async function* () {
    yield* bytes()
  }
  const allBytes = () => wholeOutput(source, { layout, bytes })
  return { quality, layout, newColumns, state, bytes: allBytes, newBytes, droppedBytes, close }
}

const OPTION_NAMES: Record<keyof EnrichOptions, 1> = {
  ...{ supertrends: 1, codec: 1, keep: 1, conflicts: 1, conflictLimit: 1, zeroPrices: 1, castPrices: 1 },
  ...{ timeFormat: 1, strict: 1, readBack: 1, columns: 1, carry: 1, after: 1, forgetAfter: 1, lookBack: 1 },
  ...{ memoryBudgetBytes: 1, onRowsRead: 1, newColumns: 1, columnPrefix: 1, double: 1 },
}

const FLIP_OPTION_NAMES: Record<keyof FlipOptions, 1> = {
  ...{ columns: 1, timeFormat: 1, castPrices: 1, columnPrefix: 1, after: 1, memoryBudgetBytes: 1 },
}

/** Options of {@link supertrendFlips}. All are optional. */
export interface FlipOptions {
  /** Columns by name, for those that are not found by their usual names. */
  readonly columns?: ColumnChoices
  /** Notation of times that are text or integers, in strptime directives such as `%d.%m.%Y %H:%M`. */
  readonly timeFormat?: string
  /** Whether price columns may be text that contains numbers. Default: false. */
  readonly castPrices?: boolean
  /** The `columnPrefix` of the columns that are read. Default: that of the last enrichment. */
  readonly columnPrefix?: string
  /**
   * The enriched file that this one continues, or its state: a flip at the first bar of a series in this file is listed then.
   */
  readonly after?: ByteSource | Uint8Array
  /** Memory for pages and for the list, in bytes. A file that needs more is refused. Default: 512 MiB. */
  readonly memoryBudgetBytes?: number
}

/**
 * Lists the bars at which the trend of a series changes its side, in the order of their times. The first trend of a series is
 * no flip; nor is the first one in a file that continues another, unless that one is given.
 *
 * @param enriched an enriched file
 * @throws RefusedError `not-enriched` if the file has no Supertrend columns, another code if it cannot be read
 * @throws TypeError if the input is no file, such as the name of one
 */
export async function supertrendFlips(enriched: ByteSource | Uint8Array, options: FlipOptions = {}): Promise<Flip[]> {
  checkNames('supertrendFlips', options, FLIP_OPTION_NAMES)
  const { after, memoryBudgetBytes = DEFAULT_MEMORY_BYTES } = options
  const { state, name = '' } = (await givenCarry({ ...(after !== undefined && { after }) }, memoryBudgetBytes)) ?? {}
  const settings = {
    columns: options.columns ?? {},
    timeFormat: options.timeFormat,
    castPrices: options.castPrices ?? DEFAULT_JUDGEMENT.castPrices,
    memoryBudgetBytes,
    shownPrefix: options.columnPrefix,
  }
  return flipsOf(givenSource(enriched, 'the enriched file'), settings, state && { state, name })
}

/**
 * Supertrend of one series whose bars arrive in pieces, such as live bars. The values have the same bits as in an enriched
 * file of the same bars.
 *
 * @param options the parameters, or the state to continue from, which contains them
 * @throws RefusedError if an option is refused, or if the state is of another version, of other options, or cannot be right
 */
export function supertrendSeries(options: SupertrendSeriesOptions = {}): SupertrendSeries {
  checkNames('supertrendSeries', options, { definition: 1, period: 1, multiplier: 1, after: 1, zeroPrices: 1 })
  const { after } = options
  if (after !== undefined) checkIsState(after)
  const settings = {
    definition: options.definition ?? after?.definition ?? DEFAULT_SUPERTREND.definition,
    period: options.period ?? after?.period ?? DEFAULT_SUPERTREND.period,
    multiplier: options.multiplier ?? after?.multiplier ?? DEFAULT_SUPERTREND.multiplier,
    zeroPrices: options.zeroPrices ?? after?.zeroPrices ?? DEFAULT_JUDGEMENT.zeroPrices,
  }
  checkParameters(settings)
  checkZeroPrices(settings.zeroPrices)
  return seriesOf(settings, after)
}

/**
 * The series in the state of a file that was enriched with `carry` or `after`, in the order of their symbols' bytes. Their
 * states continue in {@link supertrendSeries}.
 *
 * @param previous the enriched file, or its `state`
 * @throws RefusedError if there is no state, or one that cannot be used
 */
export async function carriedStates(previous: Previous): Promise<CarriedSeries[]> {
  const source = givenSource(previous, 'the file before')
  const { state, name } = await carryAfter([source], DEFAULT_MEMORY_BYTES)
  const decoded = decodeState(state!, name)
  return carriedSeries(decoded.state, decoded.settings.zeroPrices === 'value' ? 'value' : 'missing')
}
