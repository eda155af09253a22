/** How an enriched file says that it was made. */
import * as z from 'zod'
import type { RowColumnNames } from '../enrich/dropped-rows.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { CONFLICTS, KEEP, ZERO_PRICES } from '../enrich/settings.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { type Footer, keyValueMetadata } from '../parquet/format/footer.ts'
import { printable } from '../shared/errors.ts'
import { DROPPED_CONTENT, FOOTER_NOTE_KEY } from '../shared/names.ts'

const supertrend = { definition: z.enum(DEFINITIONS), period: z.int().min(1), multiplier: z.number().positive() }
const name = z.string().optional()
const names = z.union([z.string(), z.array(z.string())]).optional()
const common = {
  keep: z.enum(KEEP),
  conflicts: z.enum(CONFLICTS).default('refuse'),
  zeroPrices: z.enum(ZERO_PRICES).default('missing'),
  castPrices: z.boolean().default(false),
  timeFormat: z.string().optional(),
  columns: z.object({ time: names, symbol: names, open: name, high: name, low: name, close: name }).default({}),
}
const count = z.int().min(0)
/** The note is of a file: whoever wrote it, a page or a terminal stays readable. */
const MAX_WARNING_LENGTH = 1000
const message = z.string().transform((text) => printable(text, MAX_WARNING_LENGTH))

const noteSchema = z.object({
  version: z.string(),
  sourceBytes: count,
  settings: z.union([
    z.object({ ...common, supertrends: z.array(z.object(supertrend)).min(1) }),
    z.object({ ...common, ...supertrend }).transform(({ definition, period, multiplier, ...rest }) => ({
      ...rest,
      supertrends: [{ definition, period, multiplier }],
    })),
  ]),
  rowsRead: count,
  rowsWritten: count,
  duplicatesDropped: count,
  duplicatesAt: z.array(count).default([]),
  warnings: z.array(z.object({ code: z.string(), message })).default([]),
})

export interface Note {
  /** Of the program that made the file. */
  readonly version: string
  readonly sourceBytes: number
  readonly settings: Pick<
    EnrichSettings,
    'supertrends' | 'keep' | 'conflicts' | 'zeroPrices' | 'castPrices' | 'timeFormat' | 'columns'
  >
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly duplicatesDropped: number
  /** Rows of the file that others were dropped for, the first 100. */
  readonly duplicatesAt: readonly number[]
  /** Of the enriching, safe to print; codes of later versions may be among them. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** @returns undefined when the file has none, or one that is not to be understood */
export function readNote(footer: Footer): Note | undefined {
  return parsedNote(footer, noteSchema)
}

const droppedNoteSchema = z.object({
  version: z.string(),
  content: z.literal(DROPPED_CONTENT),
  sourceBytes: count,
  settings: z.object(common),
  rowsRead: count,
  duplicatesDropped: count,
  rowColumns: z.object({ dropped: z.string(), kept: z.string() }),
  rowGroups: z.array(z.tuple([z.int().min(1), z.int().min(1)])),
})

export interface DroppedNote {
  /** Of the program that made the file. */
  readonly version: string
  /** Of the file whose rows were dropped. */
  readonly sourceBytes: number
  readonly settings: Pick<EnrichSettings, 'keep' | 'zeroPrices' | 'timeFormat' | 'columns'>
  readonly rowsRead: number
  readonly duplicatesDropped: number
  readonly rowColumns: RowColumnNames
  /** Row groups of the source: rows, and how many follow each other with so many. */
  readonly rowGroups: readonly (readonly [rows: number, groups: number])[]
}

/** @returns undefined when it is not a file of dropped rows, or one that is not to be understood */
export function readDroppedNote(footer: Footer): DroppedNote | undefined {
  return parsedNote(footer, droppedNoteSchema)
}

/** Why a file is not an enriched one. */
export function notEnrichedReason(footer: Footer): string {
  return readDroppedNote(footer)
    ? 'the file holds dropped rows; name the enriched file in its place, and this one with --dropped'
    : 'the file does not say that it was made by parquet-supertrend'
}

/** What is wrong with two files that are to be of the same run; undefined when nothing is. */
export function differenceOf(enriched: Note, dropped: DroppedNote): string | undefined {
  for (const name of ['sourceBytes', 'rowsRead', 'duplicatesDropped'] as const) {
    if (enriched[name] !== dropped[name]) {
      return `the dropped rows are of a file with ${name} ${dropped[name]}, the enriched file with ${enriched[name]}`
    }
  }
  const { supertrends: _, ...settings } = enriched.settings
  return JSON.stringify(sorted(settings)) === JSON.stringify(sorted(dropped.settings))
    ? undefined
    : 'the rows were dropped with other settings'
}

function sorted(settings: object): [string, unknown][] {
  return Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function parsedNote<T>(footer: Footer, schema: z.ZodType<T>): T | undefined {
  const text = keyValueMetadata(footer).get(FOOTER_NOTE_KEY)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
