/** How an enriched file says that it was made. */
import * as z from 'zod'
import type { EnrichSettings } from '../enrich/settings.ts'
import { KEEP } from '../enrich/settings.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { type Footer, keyValueMetadata } from '../parquet/footer.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'

const supertrend = { definition: z.enum(DEFINITIONS), period: z.int().min(1), multiplier: z.number().positive() }
const name = z.string().optional()
const common = {
  keep: z.enum(KEEP),
  columns: z.object({ time: name, symbol: name, open: name, high: name, low: name, close: name }).default({}),
}
const count = z.int().min(0)

const noteSchema = z.object({
  version: z.string(),
  sourceBytes: count,
  settings: z.union([
    z.object({ ...common, supertrends: z.array(z.object(supertrend)).min(1) }),
    z
      .object({ ...common, ...supertrend })
      .transform(({ keep, columns, ...only }) => ({ keep, columns, supertrends: [only] })),
  ]),
  rowsRead: count,
  rowsWritten: count,
  duplicatesDropped: count,
  duplicatesAt: z.array(count).default([]),
})

export interface Note {
  /** Of the program that made the file. */
  readonly version: string
  readonly sourceBytes: number
  readonly settings: Pick<EnrichSettings, 'supertrends' | 'keep' | 'columns'>
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly duplicatesDropped: number
  /** Rows of the file that others were dropped for, the first 100. */
  readonly duplicatesAt: readonly number[]
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
