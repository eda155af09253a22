/** The options of the library. */

import type { ColumnChoices } from '../market/named-columns.ts'
import type { SupertrendParameters } from '../market/supertrend.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import type { NewColumnWord } from './chosen-columns.ts'
import type { EnrichSettings } from './settings.ts'

/** Options of `enrichParquet`. All are optional. */
export interface EnrichOptions {
  /**
   * One or more parameter sets, at most 16. Default: one set, stockstats 0.4.1 with period 14 and multiplier 3. The columns
   * of several sets have their parameters as a suffix: `supertrend_ub_10_1`.
   */
  readonly supertrends?: readonly Partial<SupertrendParameters>[]
  /** Compression of the new columns. Default: `auto`, that of the close column if it is ZSTD, GZIP or LZ4_RAW, else SNAPPY. */
  readonly codec?: EnrichSettings['codec']
  /** Which row of several with the same series and time is kept. Default: `first`. */
  readonly keep?: EnrichSettings['keep']
  /**
   * `refuse` (default) refuses a file if duplicates with other prices show that a column of the series or the time was not
   * recognised, or if they exceed `conflictLimit`. `drop` removes them without these checks.
   */
  readonly conflicts?: EnrichSettings['conflicts']
  /** The largest share of the rows, 0 to 1, that may be removed although their prices differ. Default: 0.25. */
  readonly conflictLimit?: number
  /** `missing` (default): a bar whose prices are all 0 has no price. `value`: its prices are 0. */
  readonly zeroPrices?: EnrichSettings['zeroPrices']
  /** Whether price columns may be text that contains numbers. Default: false. */
  readonly castPrices?: boolean
  /** Notation of times that are text or integers, in strptime directives such as `%d.%m.%Y %H:%M`. */
  readonly timeFormat?: string
  /** Whether a file that would give a warning is refused. Default: false. */
  readonly strict?: boolean
  /**
   * Share of the files, 0 to 1, whose new columns parquet-wasm decodes and compares with the computed values while `bytes`
   * runs. A difference makes `bytes` throw an Error that is not a `RefusedError`. Default: 0.05.
   */
  readonly readBack?: number
  /**
   * The columns that are added for each parameter set, in any order: `ub` and `lb` (the bands), `orientation`, `segment`, `atr`
   * (the average true range) and `flip` (whether the trend changes its side with the bar). Default: the first four.
   */
  readonly newColumns?: readonly NewColumnWord[]
  /** Precedes the name of each new column. Default: none. */
  readonly columnPrefix?: string
  /** Whether the bands and the average true range are 64-bit floats instead of 32-bit ones. Default: false. */
  readonly double?: boolean
  /** Columns by name, for those that are not found by their usual names. `symbol: 'none'` makes the file one series. */
  readonly columns?: ColumnChoices
  /**
   * Makes the file the first of a sequence: `state` of the result is the state that the next file continues. The files of a sequence
   * hold the values of one long file. Default: false.
   */
  readonly carry?: boolean
  /**
   * The file before in the sequence, as it was enriched, or its `state`; `carry` is then not needed. A file that begins before
   * the end of the one before, as rolling downloads do, needs the enriched files that have the same bars: an array, the newest
   * first.
   */
  readonly after?: Previous | readonly Previous[]
  /** Files without a series after which its state is forgotten. Default: never. */
  readonly forgetAfter?: number
  /** Earlier files with rows that are searched for the bars that a file repeats, 1 to 366. Default: 7. */
  readonly lookBack?: number
  /** Memory for pages and for rows that have to be held, in bytes. A file that needs more is refused. Default: 512 MiB. */
  readonly memoryBudgetBytes?: number
  /** Called while the file is read, with the rows read so far and the rows of the file. */
  readonly onRowsRead?: (rows: number, total: number) => void
}

/** An enriched file, or its state. */
export type Previous = ByteSource | Uint8Array
