/** The types of the function's settings. They mention no library, so that users of the package need none for them. */
import type { EnrichSettings } from '../enrich/settings.ts'
import type { ColumnChoices } from '../market/named-columns.ts'
import type { SupertrendParameters } from '../market/supertrend.ts'
import type { StorageClass } from '../shared/names.ts'

type Some<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** What can be set for all keys, and for those below a prefix. */
interface EnrichSettingsInput {
  /**
   * One or more parameter sets. The columns of several have their parameters as a suffix.
   * @default one set: stockstats, period 14, multiplier 3
   */
  readonly supertrends?: readonly Some<SupertrendParameters>[] | undefined
  /**
   * Compression of the new columns.
   * @default 'auto', that of the close column if it is ZSTD, GZIP or LZ4_RAW, else SNAPPY
   */
  readonly codec?: EnrichSettings['codec'] | undefined
  /**
   * Which of the rows with one series and time stays.
   * @default 'first'
   */
  readonly keep?: EnrichSettings['keep'] | undefined
  /**
   * What becomes of a file whose duplicates have other prices than the row that stays.
   * @default 'refuse', if they show that a column of the series or the time was not recognised, or exceed `conflictLimit`
   */
  readonly conflicts?: EnrichSettings['conflicts'] | undefined
  /**
   * Share of the rows, 0 to 1, that may be removed although their prices differ.
   * @default 0.25
   */
  readonly conflictLimit?: number | undefined
  /**
   * Whether a bar whose prices are all 0 has no price.
   * @default 'missing'
   */
  readonly zeroPrices?: EnrichSettings['zeroPrices'] | undefined
  /**
   * Whether prices may be text that holds numbers.
   * @default false
   */
  readonly castPrices?: boolean | undefined
  /**
   * How times are written as text or in the digits of integers, such as `%d.%m.%Y %H:%M`.
   * @default ISO 8601 and a few common forms
   */
  readonly timeFormat?: string | undefined
  /**
   * Whether a file that would give a warning is refused.
   * @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Whether the new columns are decoded by another reader before they are published; a number is a share of the files.
   * @default 0.05
   */
  readonly readBack?: 'off' | 'on' | number | undefined
  /** Names of columns that are not found by themselves. */
  readonly columns?: ColumnChoices | undefined
  /**
   * What rows that have to be sorted may take.
   * @default the memory of the function less 200
   */
  readonly memoryBudgetMiB?: number | undefined
}

/** What can be set, before it is checked and completed. */
export interface SettingsInput extends EnrichSettingsInput {
  /**
   * Objects whose key begins so are enriched.
   * @default 'incoming/'
   */
  readonly inputPrefix?: string | undefined
  /**
   * Where enriched files go.
   * @default 'enriched/'
   */
  readonly outputPrefix?: string | undefined
  /**
   * Where the reports of refused files go.
   * @default 'failed/'
   */
  readonly failurePrefix?: string | undefined
  /**
   * Where a page that draws the trend goes, for files up to 16 MiB.
   * @default no page
   */
  readonly chartPrefix?: string | undefined
  /**
   * Where a file of the removed rows goes.
   * @default no such file
   */
  readonly droppedPrefix?: string | undefined
  /**
   * Endings of the keys that are enriched, in any case.
   * @default .parquet, .parq and .pq
   */
  readonly suffixes?: readonly string[] | undefined
  /**
   * What happens to the enriched file when its input is deleted.
   * @default 'keep'
   */
  readonly onRemoved?: 'keep' | 'remove' | undefined
  /**
   * Whether an object at the output key that the function did not write is replaced.
   * @default false
   */
  readonly overwriteForeign?: boolean | undefined
  /**
   * Of the enriched files.
   * @default the bucket's, which is STANDARD
   */
  readonly storageClass?: StorageClass | undefined
  /**
   * EventBridge bus that receives a notice of each enriched and each refused file.
   * @default none
   */
  readonly eventBus?: string | undefined
  /** What is different for the keys below a prefix; the longest prefix wins. */
  readonly perPrefix?: readonly { readonly prefix: string; readonly settings: EnrichSettingsInput }[] | undefined
}

/** The settings, checked and completed. */
export interface FunctionSettings {
  /** Objects whose key begins so are enriched. */
  readonly inputPrefix: string
  /** Takes the place of the input prefix in the key of the enriched file. */
  readonly outputPrefix: string
  /** The same for the report of a file that is refused; `.json` follows. */
  readonly failurePrefix: string
  /** The same for a page that draws the trend; `.html` follows. Undefined: no page. */
  readonly chartPrefix?: string | undefined
  /** The same for a file of the removed rows. Undefined: no such file. */
  readonly droppedPrefix?: string | undefined
  /** Endings of keys that are enriched, in lower case. */
  readonly suffixes: readonly string[]
  /** What happens to the outputs of an object that is deleted. */
  readonly onRemoved: 'keep' | 'remove'
  /** Whether an object at the output key that the function did not write may be replaced. */
  readonly overwriteForeign: boolean
  /** Of the enriched files; undefined: the bucket's default. */
  readonly storageClass?: StorageClass | undefined
  /** Name of the EventBridge bus that receives a notice of each enriched and each refused file. */
  readonly eventBus?: string | undefined
  readonly enrich: EnrichSettings
  /** Settings of the keys below a prefix; the longest prefix first. */
  readonly perPrefix: readonly { readonly prefix: string; readonly enrich: EnrichSettings }[]
}
