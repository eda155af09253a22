/** Reads the note in the footer of an enriched file. */
import * as z from 'zod/mini'
import { NEW_COLUMN_WORDS, type NewColumnSettings } from '../enrich/chosen-columns.ts'
import type { RowColumnNames } from '../enrich/dropped-rows.ts'
import type { CarryNote } from '../enrich/footer-note.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { CONFLICTS, KEEP, ZERO_PRICES } from '../enrich/settings.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { type Footer, keyValueMetadata } from '../parquet/format/footer.ts'
import { printable } from '../shared/errors.ts'
import { DROPPED_CONTENT, FOOTER_NOTE_KEY } from '../shared/names.ts'

const supertrendSchema = {
  definition: z.enum(DEFINITIONS),
  period: z.int().check(z.minimum(1)),
  multiplier: z.number().check(z.positive()),
}
const columnName = z.optional(z.string())
const names = z.optional(z.union([z.string(), z.array(z.string())]))
const common = {
  keep: z.enum(KEEP),
  conflicts: z._default(z.enum(CONFLICTS), 'refuse'),
  zeroPrices: z._default(z.enum(ZERO_PRICES), 'missing'),
  castPrices: z._default(z.boolean(), false),
  timeFormat: z.optional(z.string()),
  columns: z._default(
    z.object({ time: names, symbol: names, open: columnName, high: columnName, low: columnName, close: columnName }),
    {},
  ),
}
const newColumnsShape = {
  newColumns: z.optional(z.array(z.enum(NEW_COLUMN_WORDS)).check(z.minLength(1))),
  columnPrefix: z.optional(z.string()),
  double: z.optional(z.boolean()),
}
const rowCount = z.int().check(z.minimum(0))
/** Anyone may have written the note, so messages are cut before they reach a page or a terminal. */
const MAX_WARNING_LENGTH = 1000
const message = z.pipe(
  z.string(),
  z.transform((text) => printable(text, MAX_WARNING_LENGTH)),
)

const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const carry = z.object({
  after: z.nullable(digest),
  duplicatesOfPrevious: rowCount,
  forgetAfter: z.optional(rowCount),
  state: z.object({ version: rowCount, offset: rowCount, length: rowCount, sha256: digest }),
})

const noteSchema = z.object({
  version: z.string(),
  sourceBytes: rowCount,
  settings: z.union([
    z.object({ ...common, ...newColumnsShape, supertrends: z.array(z.object(supertrendSchema)).check(z.minLength(1)) }),
    z.pipe(
      z.object({ ...common, ...newColumnsShape, ...supertrendSchema }),
      z.transform(({ definition, period, multiplier, ...rest }) => ({
        ...rest,
        supertrends: [{ definition, period, multiplier }],
      })),
    ),
  ]),
  rowsRead: rowCount,
  rowsWritten: rowCount,
  duplicatesDropped: rowCount,
  duplicatesAt: z._default(z.array(rowCount), []),
  warnings: z._default(z.array(z.object({ code: z.string(), message })), []),
  carry: z.optional(carry),
})

export interface Note {
  /** The version of the program that made the file. */
  readonly version: string
  readonly sourceBytes: number
  readonly settings: Pick<
    EnrichSettings,
    'supertrends' | 'keep' | 'conflicts' | 'zeroPrices' | 'castPrices' | 'timeFormat' | 'columns'
  > &
    NewColumnSettings
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly duplicatesDropped: number
  /** The first 100 rows of the file whose duplicates were removed. */
  readonly duplicatesAt: readonly number[]
  /** Warnings of the enrichment, safe to print; their codes may be those of later versions. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  /** Of a file that continues others, or that others may continue. */
  readonly carry?: CarryNote | undefined
}

/** @returns undefined when the file has no note, or one that cannot be parsed */
export function readNote(footer: Footer): Note | undefined {
  return parsedNote(footer, noteSchema)
}

const droppedNoteSchema = z.object({
  version: z.string(),
  content: z.literal(DROPPED_CONTENT),
  sourceBytes: rowCount,
  settings: z.object(common),
  rowsRead: rowCount,
  duplicatesDropped: rowCount,
  rowColumns: z.object({ dropped: z.string(), kept: z.string() }),
  rowGroups: z.array(z.tuple([z.int().check(z.minimum(1)), z.int().check(z.minimum(1))])),
})

export interface DroppedNote {
  /** The version of the program that made the file. */
  readonly version: string
  /** Size of the file from which the rows were removed. */
  readonly sourceBytes: number
  readonly settings: Pick<EnrichSettings, 'keep' | 'zeroPrices' | 'timeFormat' | 'columns'>
  readonly rowsRead: number
  readonly duplicatesDropped: number
  readonly rowColumns: RowColumnNames
  /** Row groups of the source as runs: rows, and how many consecutive groups have as many. */
  readonly rowGroups: readonly (readonly [rows: number, groups: number])[]
}

/** @returns undefined when it is no file of removed rows, or when its note cannot be parsed */
export function readDroppedNote(footer: Footer): DroppedNote | undefined {
  return parsedNote(footer, droppedNoteSchema)
}

/** The reason why a file is no enriched file. */
export function notEnrichedReason(footer: Footer): string {
  return readDroppedNote(footer)
    ? 'the file contains removed rows; give the enriched file instead, and this one with --dropped'
    : 'the file has no note of parquet-supertrend in its footer'
}

/** The reason why two files are not from one call of `enrich`; undefined when they are. */
export function differenceOf(enriched: Note, dropped: DroppedNote): string | undefined {
  for (const name of ['sourceBytes', 'rowsRead', 'duplicatesDropped'] as const) {
    if (enriched[name] !== dropped[name]) {
      return `the removed rows are from a file with ${name} ${dropped[name]}, the enriched file is from one with ${enriched[name]}`
    }
  }
  const { supertrends: _, newColumns: __, columnPrefix: ___, double: ____, ...settings } = enriched.settings
  return JSON.stringify(sortedEntries(settings)) === JSON.stringify(sortedEntries(dropped.settings))
    ? undefined
    : 'the rows were removed with other settings'
}

function sortedEntries(settings: object): [string, unknown][] {
  return Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function parsedNote<T>(footer: Footer, schema: z.ZodMiniType<T>): T | undefined {
  const text = keyValueMetadata(footer).get(FOOTER_NOTE_KEY)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
