/** The schema of the settings: which there are, their defaults, and the values that are allowed. */
import * as z from 'zod'
import { MAX_LOOK_BACK } from '../enrich/carry/look-back.ts'
import { NEW_COLUMN_WORDS } from '../enrich/chosen-columns.ts'
import { MAX_SUPERTRENDS } from '../enrich/new-columns.ts'
import {
  CODEC_CHOICES,
  CONFLICTS,
  DEFAULT_JUDGEMENT,
  DEFAULT_READ_BACK,
  DEFAULT_SUPERTREND,
  KEEP,
  ZERO_PRICES,
} from '../enrich/settings.ts'
import { timeFormatProblem } from '../enrich/time-format.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { BACKFILL_RESULTS_PREFIX, CANARY_PREFIXES, PARQUET_SUFFIXES, STORAGE_CLASSES } from '../shared/names.ts'

/** An object schema that refuses an unknown name and lists the known ones. */
function strict<T extends z.ZodRawShape>(shape: T) {
  const allowed = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys?.join(', ')}; allowed are ${allowed}` : undefined,
  })
}

const column = z.string().min(1).optional()
const columns = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
const prefix = z.string().regex(/^[^/].*\/$/, 'allowed is a prefix that ends with "/" and does not begin with it')
/** Enough for all that is added to the name of a file: S3 allows 1,024 bytes for a key. */
const MAX_PREFIX_BYTES = 200
/** Policies of IAM contain these prefixes, and know `*`, `?` and `${...}`. */
const placePrefix = prefix
  .regex(/^[^*?$\p{Cc}]*$/u, 'allowed is a prefix without *, ?, $ and control characters')
  .refine((text) => Buffer.byteLength(text) <= MAX_PREFIX_BYTES, `allowed are at most ${MAX_PREFIX_BYTES} bytes`)
/** Below them, the bucket's own rules delete all objects. */
const RESERVED_PREFIXES = [CANARY_PREFIXES.all, BACKFILL_RESULTS_PREFIX]

const timeFormat = z.string().superRefine((format, context) => {
  const message = timeFormatProblem(format)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const READ_BACK = 'allowed are "off", "on", or a number from 0 to 1'

/** Of the settings for the enriching of one file, which differ by prefix. */
export const enrichShape = {
  supertrends: z
    .array(
      strict({
        definition: z.enum(DEFINITIONS).default(DEFAULT_SUPERTREND.definition),
        period: z.int().min(1).default(DEFAULT_SUPERTREND.period),
        multiplier: z.number().positive().default(DEFAULT_SUPERTREND.multiplier),
      }),
    )
    .min(1)
    .max(MAX_SUPERTRENDS)
    .prefault([{}])
    .describe('one or more of definition, period, multiplier'),
  newColumns: z
    .array(z.enum(NEW_COLUMN_WORDS))
    .min(1)
    .optional()
    .describe(`columns that each set adds, of ${NEW_COLUMN_WORDS.join(', ')}; left out: the first four`),
  columnPrefix: z.string().optional().describe('precedes the name of each new column'),
  double: z
    .boolean()
    .optional()
    .describe('whether the bands and the average true range are 64-bit floats; left out: 32-bit'),
  codec: z.enum(CODEC_CHOICES).default('auto').describe('compression of the new columns'),
  keep: z.enum(KEEP).default('first').describe('the row that stays of several with one series and time'),
  conflicts: z
    .enum(CONFLICTS)
    .default(DEFAULT_JUDGEMENT.conflicts)
    .describe('action when removed rows differ in price from the kept row'),
  conflictLimit: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_JUDGEMENT.conflictLimit)
    .describe('largest share of the rows that may be removed although their prices differ'),
  zeroPrices: z.enum(ZERO_PRICES).default(DEFAULT_JUDGEMENT.zeroPrices).describe('meaning of prices that are all 0'),
  castPrices: z
    .boolean()
    .default(DEFAULT_JUDGEMENT.castPrices)
    .describe('whether prices may be text that contains numbers'),
  timeFormat: timeFormat
    .optional()
    .describe(
      'format of times in text or in the digits of integers, such as %d.%m.%Y %H:%M; with two time columns, that of the date',
    ),
  strict: z.boolean().default(DEFAULT_JUDGEMENT.strict).describe('whether a file that would give a warning is refused'),
  readBack: z
    .union([z.enum(['off', 'on']), z.number().min(0, READ_BACK).max(1, READ_BACK)], READ_BACK)
    .default(DEFAULT_READ_BACK)
    .describe(
      'whether another reader decodes the new columns before they are published: off, on, or a share of the files',
    ),
  columns: strict({ time: columns, symbol: columns, open: column, high: column, low: column, close: column })
    .default({})
    .describe('time, symbol, open, high, low, close: names of columns that are not found automatically'),
  memoryBudgetMiB: z
    .int()
    .min(1)
    .optional()
    .describe("memory for rows that have to be sorted; left out: the function's memory less 200"),
}
export const enrichSchema = strict(enrichShape)
/** Validated later, after they are merged into the settings of all other keys. */
const someSettings = z.record(z.string(), z.unknown()) as unknown as z.ZodType<z.input<typeof enrichSchema>>

const settingsShape = strict({
  inputPrefix: placePrefix.default('incoming/').describe('prefix of the keys that are enriched'),
  formerPrefixes: z
    .array(prefix)
    .optional()
    .describe(
      'former values of `inputPrefix`: messages about keys below them become dead letters, however they came; left out: messages about any other key that S3 itself sent',
    ),
  outputPrefix: placePrefix.default('enriched/').describe('prefix of the enriched files'),
  failurePrefix: placePrefix.default('failed/').describe('prefix of the reports of refused files'),
  chartPrefix: placePrefix
    .optional()
    .describe('prefix of the pages that draw the trend, for files up to 16 MiB; left out: no pages'),
  droppedPrefix: placePrefix.optional().describe('prefix of the files of removed rows; left out: no such files'),
  suffixes: z
    .array(z.string().regex(/^\.[^/]+$/, 'allowed is an ending that begins with "."'))
    .min(1)
    .default([...PARQUET_SUFFIXES])
    .describe('endings of the keys that are enriched, in any case'),
  onRemoved: z
    .enum(['keep', 'remove'])
    .default('keep')
    .describe('action on the enriched file when its input is deleted'),
  overwriteForeign: z
    .boolean()
    .default(false)
    .describe('whether the function replaces an object at the output key that it did not write'),
  storageClass: z.enum(STORAGE_CLASSES).optional().describe('storage class of the enriched files (left out: STANDARD)'),
  eventBus: z
    .string()
    .min(1)
    .optional()
    .describe('EventBridge bus that receives a notice of each enriched and each refused file'),
  noticeFlips: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('newest flips that the notice of an enriched file lists, if its input has at most 16 MiB'),
  carry: strict({
    within: z.string().regex(/^[^/].*\/$/, 'allowed is a pattern of folders that ends with "/", such as incoming/*/'),
    forgetAfter: z.int().min(1).optional(),
    lookBack: z.int().min(1).max(MAX_LOOK_BACK).optional(),
    prefix: placePrefix.default('sequences/'),
  })
    .optional()
    .describe(
      'files that continue each other in the order of their names: `within` is the pattern of the folders that are a sequence each, such as `incoming/*/`, `forgetAfter` the number of files without a series after which it is forgotten, `lookBack` the number of earlier files that are searched for the bars that a file repeats (1 to 366; left out: 7), and `prefix` that of the objects that say how far each sequence is complete; left out: each file is enriched on its own',
    ),
  perPrefix: z
    .array(strict({ prefix, settings: someSettings }))
    .default([])
    .describe('list of `prefix` and `settings`: other settings for the keys below a prefix; the longest prefix wins'),
  ...enrichShape,
})
type Settings = z.output<typeof settingsShape>
type Context = z.core.$RefinementCtx

function checkPrefixes(
  { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry }: Settings,
  context: Context,
): void {
  const given = Object.entries({
    inputPrefix,
    outputPrefix,
    failurePrefix,
    chartPrefix,
    droppedPrefix,
    'carry.prefix': carry?.prefix,
  })
  const prefixes = given.filter((entry): entry is [string, string] => entry[1] !== undefined)
  for (const [name, prefix] of prefixes) {
    for (const [other, otherPrefix] of prefixes) {
      if (name === other || !prefix.startsWith(otherPrefix)) continue
      // the function would enrich each of its own outputs again, for ever
      const message = `${name} is "${prefix}" and ${other} "${otherPrefix}"; allowed are prefixes of which none begins with another`
      context.addIssue({ code: 'custom', message })
    }
  }
  for (const [name, prefix] of prefixes) {
    const reserved = RESERVED_PREFIXES.find((each) => prefix.startsWith(each))
    if (reserved === undefined) continue
    const message = `${name} is "${prefix}"; allowed are prefixes that do not begin with "${reserved}"`
    context.addIssue({ code: 'custom', message })
  }
}

function checkCarry({ inputPrefix, carry }: Settings, context: Context): void {
  if (!carry) return
  const { within } = carry
  const refuse = (allowed: string) => {
    context.addIssue({ code: 'custom', path: ['carry', 'within'], message: `"${within}"; allowed ${allowed}` })
  }
  if (!within.startsWith(inputPrefix)) {
    refuse(`is a pattern that begins with the inputPrefix, "${inputPrefix}"`)
    return
  }
  const folders = within.slice(inputPrefix.length).split('/').slice(0, -1)
  // other signs have a meaning in other patterns, but here they would match no folder, without a word
  if (folders.every((folder) => folder !== '' && !/[?[\]{}]|[*]{2}/.test(folder))) return
  refuse('after the inputPrefix are names, in which a star stands for any part of one name: no ?, [], {}, ** and //')
}

function checkPerPrefix({ inputPrefix, perPrefix }: Settings, context: Context): void {
  for (const [i, { prefix }] of perPrefix.entries()) {
    const isTwice = perPrefix.findIndex((entry) => entry.prefix === prefix) < i
    if (prefix.startsWith(inputPrefix) && !isTwice) continue
    const message = `"${prefix}"; allowed are different prefixes that begin with the inputPrefix, "${inputPrefix}"`
    context.addIssue({ code: 'custom', path: ['perPrefix', i, 'prefix'], message })
  }
}

/** The schema of all settings. `npm run docs` makes the table in the documentation from it. */
export const settingsSchema = settingsShape.superRefine((settings, context) => {
  checkCarry(settings, context)
  checkPrefixes(settings, context)
  checkPerPrefix(settings, context)
})
