/** The schema of the settings: which there are, their defaults, and the values that are allowed. */
import { en } from 'zod/locales'
import * as z from 'zod/mini'
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

// also for commands that read settings and no events
z.config(en())

/** A description for the documentation: `npm run docs` makes a table of them. */
function withDescription<T extends z.ZodMiniType>(schema: T, description: string): T {
  z.globalRegistry.add(schema, { description })
  return schema
}

/** An object schema that refuses an unknown name and lists the known ones. */
function strict<T extends z.core.$ZodLooseShape>(shape: T) {
  const allowed = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys?.join(', ')}; allowed are ${allowed}` : undefined,
  })
}

const word = z.string().check(z.minLength(1))
const column = z.optional(word)
const columns = z.optional(z.union([word, z.array(word).check(z.minLength(1))]))
const prefix = z
  .string()
  .check(z.regex(/^[^/].*\/$/, 'allowed is a prefix that ends with "/" and does not begin with it'))
/** Enough for all that is added to the name of a file: S3 allows 1,024 bytes for a key. */
const MAX_PREFIX_BYTES = 200
/** Policies of IAM contain these prefixes, and know `*`, `?` and `${...}`. */
const placePrefix = prefix.check(
  z.regex(/^[^*?$\p{Cc}]*$/u, 'allowed is a prefix without *, ?, $ and control characters'),
  z.refine((text) => Buffer.byteLength(text) <= MAX_PREFIX_BYTES, `allowed are at most ${MAX_PREFIX_BYTES} bytes`),
)
/** Below them, the bucket's own rules delete all objects. */
const RESERVED_PREFIXES = [CANARY_PREFIXES.all, BACKFILL_RESULTS_PREFIX]

const timeFormat = z.string().check(
  z.superRefine((format: string, context) => {
    const message = timeFormatProblem(format)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }),
)

const READ_BACK = 'allowed are "off", "on", or a number from 0 to 1'

/** Of the settings for the enriching of one file, which differ by prefix. */
export const enrichShape = {
  supertrends: withDescription(
    z.prefault(
      z
        .array(
          strict({
            definition: z._default(z.enum(DEFINITIONS), DEFAULT_SUPERTREND.definition),
            period: z._default(z.int().check(z.minimum(1)), DEFAULT_SUPERTREND.period),
            multiplier: z._default(z.number().check(z.positive()), DEFAULT_SUPERTREND.multiplier),
          }),
        )
        .check(z.minLength(1), z.maxLength(MAX_SUPERTRENDS)),
      [{}],
    ),
    'one or more of definition, period, multiplier',
  ),
  newColumns: withDescription(
    z.optional(z.array(z.enum(NEW_COLUMN_WORDS)).check(z.minLength(1))),
    `columns that each set adds, of ${NEW_COLUMN_WORDS.join(', ')}; left out: the first four`,
  ),
  columnPrefix: withDescription(z.optional(z.string()), 'precedes the name of each new column'),
  double: withDescription(
    z.optional(z.boolean()),
    'whether the bands and the average true range are 64-bit floats; left out: 32-bit',
  ),
  codec: withDescription(z._default(z.enum(CODEC_CHOICES), 'auto'), 'compression of the new columns'),
  keep: withDescription(z._default(z.enum(KEEP), 'first'), 'the row that stays of several with one series and time'),
  conflicts: withDescription(
    z._default(z.enum(CONFLICTS), DEFAULT_JUDGEMENT.conflicts),
    'action when removed rows differ in price from the kept row',
  ),
  conflictLimit: withDescription(
    z._default(z.number().check(z.minimum(0), z.maximum(1)), DEFAULT_JUDGEMENT.conflictLimit),
    'largest share of the rows that may be removed although their prices differ',
  ),
  zeroPrices: withDescription(
    z._default(z.enum(ZERO_PRICES), DEFAULT_JUDGEMENT.zeroPrices),
    'meaning of prices that are all 0',
  ),
  castPrices: withDescription(
    z._default(z.boolean(), DEFAULT_JUDGEMENT.castPrices),
    'whether prices may be text that contains numbers',
  ),
  timeFormat: withDescription(
    z.optional(timeFormat),
    'format of times in text or in the digits of integers, such as %d.%m.%Y %H:%M; with two time columns, that of the date',
  ),
  strict: withDescription(
    z._default(z.boolean(), DEFAULT_JUDGEMENT.strict),
    'whether a file that would give a warning is refused',
  ),
  readBack: withDescription(
    z._default(
      z.union([z.enum(['off', 'on']), z.number().check(z.minimum(0, READ_BACK), z.maximum(1, READ_BACK))], READ_BACK),
      DEFAULT_READ_BACK,
    ),
    'whether another reader decodes the new columns before they are published: off, on, or a share of the files',
  ),
  columns: withDescription(
    z._default(strict({ time: columns, symbol: columns, open: column, high: column, low: column, close: column }), {}),
    'time, symbol, open, high, low, close: names of columns that are not found automatically',
  ),
  memoryBudgetMiB: withDescription(
    z.optional(z.int().check(z.minimum(1))),
    "memory for rows that have to be sorted; left out: the function's memory less 200",
  ),
}
export const enrichSchema = strict(enrichShape)
/** Validated later, after they are merged into the settings of all other keys. */
const someSettings = z.record(z.string(), z.unknown()) as unknown as z.ZodMiniType<z.input<typeof enrichSchema>>

const settingsShape = strict({
  inputPrefix: withDescription(z._default(placePrefix, 'incoming/'), 'prefix of the keys that are enriched'),
  formerPrefixes: withDescription(
    z.optional(z.array(prefix)),
    'former values of `inputPrefix`: messages about keys below them become dead letters, however they came; left out: messages about any other key that S3 itself sent',
  ),
  outputPrefix: withDescription(z._default(placePrefix, 'enriched/'), 'prefix of the enriched files'),
  failurePrefix: withDescription(z._default(placePrefix, 'failed/'), 'prefix of the reports of refused files'),
  chartPrefix: withDescription(
    z.optional(placePrefix),
    'prefix of the pages that draw the trend, for files up to 16 MiB; left out: no pages',
  ),
  droppedPrefix: withDescription(
    z.optional(placePrefix),
    'prefix of the files of removed rows; left out: no such files',
  ),
  suffixes: withDescription(
    z._default(
      z
        .array(z.string().check(z.regex(/^\.[^/]+$/, 'allowed is an ending that begins with "."')))
        .check(z.minLength(1)),
      [...PARQUET_SUFFIXES],
    ),
    'endings of the keys that are enriched, in any case',
  ),
  onRemoved: withDescription(
    z._default(z.enum(['keep', 'remove']), 'keep'),
    'action on the enriched file when its input is deleted',
  ),
  overwriteForeign: withDescription(
    z._default(z.boolean(), false),
    'whether the function replaces an object at the output key that it did not write',
  ),
  storageClass: withDescription(
    z.optional(z.enum(STORAGE_CLASSES)),
    'storage class of the enriched files (left out: STANDARD)',
  ),
  eventBus: withDescription(
    z.optional(z.string().check(z.minLength(1))),
    'EventBridge bus that receives a notice of each enriched and each refused file',
  ),
  noticeFlips: withDescription(
    z._default(z.int().check(z.minimum(0), z.maximum(1000)), 0),
    'newest flips that the notice of an enriched file lists, if its input has at most 16 MiB',
  ),
  carry: withDescription(
    z.optional(
      strict({
        within: z
          .string()
          .check(z.regex(/^[^/].*\/$/, 'allowed is a pattern of folders that ends with "/", such as incoming/*/')),
        forgetAfter: z.optional(z.int().check(z.minimum(1))),
        lookBack: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_LOOK_BACK))),
        prefix: z._default(placePrefix, 'sequences/'),
      }),
    ),
    'files that continue each other in the order of their names: `within` is the pattern of the folders that are a sequence each, such as `incoming/*/`, `forgetAfter` the number of files without a series after which it is forgotten, `lookBack` the number of earlier files that are searched for the bars that a file repeats (1 to 366; left out: 7), and `prefix` that of the objects that say how far each sequence is complete; left out: each file is enriched on its own',
  ),
  perPrefix: withDescription(
    z._default(z.array(strict({ prefix, settings: someSettings })), []),
    'list of `prefix` and `settings`: other settings for the keys below a prefix; the longest prefix wins',
  ),
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
  const folders = within.slice(inputPrefix.length).split('/').slice(0, -1)
  // other signs have a meaning in other patterns, but here they would match no folder, without a word
  const areNames = folders.every((folder) => folder !== '' && !/[?[\]{}]|[*]{2}/.test(folder))
  const isBelow = within.startsWith(inputPrefix)
  if (isBelow && areNames) return
  const allowed = isBelow
    ? 'after the inputPrefix are names, in which a star stands for any part of one name: no ?, [], {}, ** and //'
    : `is a pattern that begins with the inputPrefix, "${inputPrefix}"`
  context.addIssue({ code: 'custom', path: ['carry', 'within'], message: `"${within}"; allowed ${allowed}` })
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
export const settingsSchema = settingsShape.check(
  z.superRefine((settings: Settings, context) => {
    checkCarry(settings, context)
    checkPrefixes(settings, context)
    checkPerPrefix(settings, context)
  }),
)
