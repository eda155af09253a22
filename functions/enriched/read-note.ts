/** How an enriched file says that it was made. */
import * as z from 'zod'
import type { EnrichSettings } from '../enrich/settings.ts'
import { CONFLICTS, KEEP, ZERO_PRICES } from '../enrich/settings.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { type Footer, keyValueMetadata } from '../parquet/footer.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'

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
  warnings: z.array(z.object({ code: z.string(), message: z.string() })).default([]),
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
  /** Of the enriching; codes of later versions may be among them. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** @returns undefined when the file has none, or one that is not to be understood */
export function readNote(footer: Footer): Note | undefined {
  const text = keyValueMetadata(footer).get(FOOTER_NOTE_KEY)
  if (text === undefined) return undefined
  try {
    return noteSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
