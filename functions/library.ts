/** What other programs may import: `import { enrichParquet } from 'parquet-supertrend'`. Nothing else is kept stable. */
import { enrich } from './enrich/enrich.ts'
import { newColumnNames } from './enrich/new-columns.ts'
import { DEFAULT_JUDGEMENT, DEFAULT_READ_BACK, DEFAULT_SUPERTREND, type EnrichSettings } from './enrich/settings.ts'
import type { Quality } from './market/quality/quality.ts'
import type { SupertrendParameters } from './market/supertrend.ts'
import { type ByteSource, followedBy } from './shared/byte-source.ts'
import { RefusedError } from './shared/errors.ts'

export type { Conflict, Quality } from './market/quality/quality.ts'
export type { Warning } from './market/quality/warnings.ts'
export type { SupertrendParameters } from './market/supertrend.ts'
export type { ByteSource } from './shared/byte-source.ts'
export { type RefusalCode, RefusedError } from './shared/errors.ts'

export interface EnrichOptions {
  /** Default: one, as stockstats 0.4.1 with period 14 and multiplier 3. Several get columns with a suffix each. */
  readonly supertrends?: readonly Partial<SupertrendParameters>[]
  /** Of the new columns. Default: as the prices. */
  readonly codec?: EnrichSettings['codec']
  /** Which of the rows with one series and time stays. Default: the first. */
  readonly keep?: EnrichSettings['keep']
  /**
   * `refuse` (default): a file whose duplicates have other prices is refused if they are evidence of a series or a time
   * that was not recognised, or more than `conflictLimit`. `drop`: they are removed whatever they are.
   */
  readonly conflicts?: EnrichSettings['conflicts']
  /** Share of the rows, 0 to 1. Default: 0.25. */
  readonly conflictLimit?: number
  /** `missing` (default): a bar whose prices are all 0 has no price. `value`: its prices are 0. */
  readonly zeroPrices?: EnrichSettings['zeroPrices']
  /** Whether prices may be text that holds numbers. Default: false. */
  readonly castPrices?: boolean
  /** How times are written as text, in the notation of strptime. */
  readonly timeFormat?: string
  /** Refuses what would be warned about. Default: false. */
  readonly strict?: boolean
  /**
   * Share of the files, 0 to 1, whose new columns are decoded by another reader while `bytes` runs, which throws an Error
   * that is no `RefusedError` when they are not what was computed. Default: 0.05.
   */
  readonly readBack?: number
  /** Names of columns that are not found by themselves; `symbol: 'none'` for a file that is one series. */
  readonly columns?: EnrichSettings['columns']
  /** What may be allocated for rows that have to be held, and for a page. Default: 512 MiB. */
  readonly memoryBudgetBytes?: number
  /** Told how far the reading is. */
  readonly onRowsRead?: (rows: number, total: number) => void
}

export interface EnrichedParquet {
  readonly quality: Quality
  /** `appended`: the output begins with all bytes of the input. `compacted`: it was written without the dropped rows. */
  readonly layout: 'appended' | 'compacted'
  /** Names of the columns that the output gains. */
  readonly newColumns: readonly string[]
  /** The whole output; the same each time. The input must not change until it has been read. */
  bytes(): AsyncIterable<Uint8Array>
  /** What follows the input's bytes if it is appended, else the whole output: for who copies the input by itself. */
  newBytes(): AsyncIterable<Uint8Array>
  /**
   * A file of the rows that were dropped, of none too: all columns of the input, then `dropped_row` and `kept_row`, which
   * count the input's rows from 0.
   */
  droppedBytes(): AsyncIterable<Uint8Array>
  /** Gives memory and temporary files back; to be called when the bytes have been read, or nobody wants them. */
  close(): void
}

const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20

/**
 * Drops duplicated bars from a market parquet file and adds Supertrend columns.
 *
 * @param input bytes that can be read at any place: `{ byteLength, slice(start, end) }`; a `Uint8Array` or a `Buffer` too
 * @throws RefusedError when the file or an option is refused; its `code` is stable, its message says what to do
 */
export async function enrichParquet(
  input: ByteSource | Uint8Array,
  options: EnrichOptions = {},
): Promise<EnrichedParquet> {
  const source = input instanceof Uint8Array ? sourceOf(input) : input
  const supertrends = (options.supertrends ?? [{}]).map((each) => ({ ...DEFAULT_SUPERTREND, ...each }))
  newColumnNames(supertrends)
  for (const { period, multiplier } of supertrends) {
    if (!Number.isSafeInteger(period) || period < 1 || !Number.isFinite(multiplier) || multiplier <= 0) {
      throw new RefusedError(
        'settings',
        `period ${period}, multiplier ${multiplier}; allowed are an integer from 1 up and a number greater than 0`,
      )
    }
  }
  const settings: EnrichSettings = {
    supertrends,
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
  }
  const { quality, layout, newColumns, bytes, droppedBytes, close } = await enrich(source, settings, options.onRowsRead)
  const newBytes = async function* () {
    yield* bytes()
  }
  return {
    quality,
    layout,
    newColumns,
    newBytes,
    bytes: () => (layout === 'appended' ? followedBy(source, bytes()) : newBytes()),
    droppedBytes,
    close,
  }
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return { byteLength: bytes.length, slice: async (start, end) => bytes.subarray(start, end) }
}
