/** The types of the function's settings. They mention no library, so that users of the package need none for them. */
import type { NewColumnWord } from '../enrich/chosen-columns.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import type { ColumnChoices } from '../market/named-columns.ts'
import type { SupertrendParameters } from '../market/supertrend.ts'
import type { StorageClass } from '../shared/names.ts'

type Some<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** Settings of the computation, for all keys or for those below a prefix. */
interface EnrichSettingsInput {
  /**
   * One or more parameter sets. The columns of several have their parameters as a suffix.
   * @default one set: stockstats, period 14, multiplier 3
   */
  readonly supertrends?: readonly Some<SupertrendParameters>[] | undefined
  /**
   * Columns that each set adds: the bands, the orientation, the segment, the average true range, the flips.
   * @default ub, lb, orientation and segment
   */
  readonly newColumns?: readonly NewColumnWord[] | undefined
  /**
   * Precedes the name of each new column.
   * @default none
   */
  readonly columnPrefix?: string | undefined
  /**
   * Whether the bands and the average true range are 64-bit floats.
   * @default false: 32-bit floats
   */
  readonly double?: boolean | undefined
  /**
   * Compression of the new columns.
   * @default 'auto', that of the close column if it is ZSTD, GZIP or LZ4_RAW, else SNAPPY
   */
  readonly codec?: EnrichSettings['codec'] | undefined
  /**
   * The row that stays of several with one series and time.
   * @default 'first'
   */
  readonly keep?: EnrichSettings['keep'] | undefined
  /**
   * Action when removed rows differ in price from the kept row.
   * @default 'refuse', if the rows show that a column of the series or the time was not recognised, or exceed
   * `conflictLimit`
   */
  readonly conflicts?: EnrichSettings['conflicts'] | undefined
  /**
   * Largest share of the rows, 0 to 1, that may be removed although their prices differ.
   * @default 0.25
   */
  readonly conflictLimit?: number | undefined
  /**
   * Meaning of prices that are all 0.
   * @default 'missing'
   */
  readonly zeroPrices?: EnrichSettings['zeroPrices'] | undefined
  /**
   * Whether prices may be text that contains numbers.
   * @default false
   */
  readonly castPrices?: boolean | undefined
  /**
   * Format of times in text or in the digits of integers, such as `%d.%m.%Y %H:%M`.
   * @default ISO 8601 and a few common forms
   */
  readonly timeFormat?: string | undefined
  /**
   * Whether a file that would give a warning is refused.
   * @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Whether another reader decodes the new columns before they are published; a number is a share of the files.
   * @default 0.05
   */
  readonly readBack?: 'off' | 'on' | number | undefined
  /** Names of columns that are not found automatically. */
  readonly columns?: ColumnChoices | undefined
  /**
   * Memory for rows that have to be sorted.
   * @default the memory of the function less 200
   */
  readonly memoryBudgetMiB?: number | undefined
}

/** The settings as the user gives them, before validation and defaults. */
export interface SettingsInput extends EnrichSettingsInput {
  /**
   * Prefix of the keys that are enriched.
   * @default 'incoming/'
   */
  readonly inputPrefix?: string | undefined
  /**
   * Former values of `inputPrefix`: messages about keys below them become dead letters, however they came.
   * @default messages about any other key that S3 itself sent
   */
  readonly formerPrefixes?: readonly string[] | undefined
  /**
   * Prefix of the enriched files.
   * @default 'enriched/'
   */
  readonly outputPrefix?: string | undefined
  /**
   * Prefix of the reports of refused files.
   * @default 'failed/'
   */
  readonly failurePrefix?: string | undefined
  /**
   * Prefix of the pages that draw the trend, for files up to 16 MiB.
   * @default no pages
   */
  readonly chartPrefix?: string | undefined
  /**
   * Prefix of the files of removed rows.
   * @default no such files
   */
  readonly droppedPrefix?: string | undefined
  /**
   * Endings of the keys that are enriched, in any case.
   * @default .parquet, .parq and .pq
   */
  readonly suffixes?: readonly string[] | undefined
  /**
   * Action on the enriched file when its input is deleted.
   * @default 'keep'
   */
  readonly onRemoved?: 'keep' | 'remove' | undefined
  /**
   * Whether the function replaces an object at the output key that it did not write.
   * @default false
   */
  readonly overwriteForeign?: boolean | undefined
  /**
   * Storage class of the enriched files.
   * @default STANDARD
   */
  readonly storageClass?: StorageClass | undefined
  /**
   * EventBridge bus that receives a notice of each enriched and each refused file.
   * @default none
   */
  readonly eventBus?: string | undefined
  /**
   * Newest flips that the notice of an enriched file lists, if its input has at most 16 MiB.
   * @default 0
   */
  readonly noticeFlips?: number | undefined
  /**
   * Files that continue each other in the order of their names. Settings that change the values, in a row that has it, have
   * every sequence enriched again from its first file; `cdk synth` does not know what is deployed, so it cannot warn.
   * @default none: each file is enriched on its own
   */
  readonly carry?: CarryInput | undefined
  /** Other settings for the keys below a prefix; the longest prefix wins. */
  readonly perPrefix?: readonly { readonly prefix: string; readonly settings: EnrichSettingsInput }[] | undefined
}

/** Which files continue each other. */
interface CarryInput {
  /**
   * Pattern of the folders that are a sequence each, with all that is below them. It begins with `inputPrefix` and ends with `/`;
   * a star stands for one name.
   */
  readonly within: string
  /**
   * Files without a series after which it is forgotten.
   * @default never
   */
  readonly forgetAfter?: number | undefined
  /**
   * Earlier files with rows that are searched for the bars that a file repeats, 1 to 366.
   * @default 7
   */
  readonly lookBack?: number | undefined
  /**
   * Prefix of the objects that say how far each sequence is complete.
   * @default 'sequences/'
   */
  readonly prefix?: string | undefined
}

/** The settings after validation, with defaults. */
export interface FunctionSettings {
  /** Prefix of the keys that are enriched. */
  readonly inputPrefix: string
  /** Former input prefixes. Undefined: not known. */
  readonly formerPrefixes?: readonly string[] | undefined
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
  /** Action on the outputs of a deleted object. */
  readonly onRemoved: 'keep' | 'remove'
  /** Whether the function replaces an object at the output key that it did not write. */
  readonly overwriteForeign: boolean
  /** Storage class of the enriched files; undefined: STANDARD. */
  readonly storageClass?: StorageClass | undefined
  /** Name of the EventBridge bus that receives a notice of each enriched and each refused file. */
  readonly eventBus?: string | undefined
  /** Newest flips that the notice of an enriched file lists. */
  readonly noticeFlips: number
  readonly carry?: CarrySettings | undefined
  readonly enrich: EnrichSettings
  /** Settings of the keys below a prefix; the longest prefix first. */
  readonly perPrefix: readonly { readonly prefix: string; readonly enrich: EnrichSettings }[]
}

export interface CarrySettings {
  /** Finds the folder of a sequence at the beginning of a key. */
  readonly folder: RegExp
  /** Files without a series after which it is forgotten; undefined: never. */
  readonly forgetAfter: number | undefined
  /** Earlier files that are searched for repeated bars; undefined: the default. */
  readonly lookBack?: number | undefined
  /** Of the objects that say how far each sequence is complete. */
  readonly prefix: string
}
