/** The function's settings: one JSON object in the environment, parsed once at its start. */
import * as z from 'zod'
import { MAX_SUPERTRENDS, newColumnNames } from '../enrich/new-columns.ts'
import {
  CODEC_CHOICES,
  CONFLICTS,
  DEFAULT_JUDGEMENT,
  DEFAULT_READ_BACK,
  DEFAULT_SUPERTREND,
  type EnrichSettings,
  KEEP,
  ZERO_PRICES,
} from '../enrich/settings.ts'
import { timeFormatProblem } from '../enrich/time-format.ts'
import { DEFINITIONS } from '../market/supertrend.ts'
import { RefusedError } from '../shared/errors.ts'
import { FUNCTION_VARIABLES } from '../shared/names.ts'
import type { QueueUrls } from '../storage/message-queue.ts'

export interface FunctionSettings {
  /** Objects whose key begins so are enriched. */
  readonly inputPrefix: string
  /** What a key has in the place of the input prefix when the object is enriched. */
  readonly outputPrefix: string
  /** The same for the report of an object that cannot be enriched; `.json` follows. */
  readonly failurePrefix: string
  /** What a key has in the place of the input prefix, `.html` following, when the trend is drawn too. */
  readonly chartPrefix?: string | undefined
  /** Name of the EventBridge bus that is told of enriched files. */
  readonly eventBus?: string | undefined
  readonly enrich: EnrichSettings
}

/** Set by Lambda itself. */
const MEMORY_VARIABLE = 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'
const MIB = 1024 * 1024
/** What the process takes without any row held: runtime, SDK, codec, parts on their way (measured 150 to 190 MiB). */
const RESERVED_MIB = 200
const MIN_BUDGET_MIB = 64

/** An object in which a misspelt name is refused, with the names that there are. */
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

const timeFormat = z.string().superRefine((format, context) => {
  const message = timeFormatProblem(format)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const READ_BACK = 'allowed are "off", "on", or a number from 0 to 1'

/** What can be set; the table in the README is made from it. */
export const settingsSchema = strict({
  inputPrefix: prefix.default('incoming/').describe('objects whose key begins so are enriched'),
  outputPrefix: prefix.default('enriched/').describe('where enriched files go'),
  failurePrefix: prefix.default('failed/').describe('where reports of files go that cannot be enriched'),
  chartPrefix: prefix
    .optional()
    .describe('where a page goes that draws the trend, for files up to 16 MiB; left out, none is made'),
  eventBus: z.string().min(1).optional().describe('EventBridge bus that is told of each enriched file'),
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
  codec: z.enum(CODEC_CHOICES).default('auto').describe('of the new columns'),
  keep: z.enum(KEEP).default('first').describe('which of the rows with one series and time stays'),
  conflicts: z
    .enum(CONFLICTS)
    .default(DEFAULT_JUDGEMENT.conflicts)
    .describe('what becomes of a file whose duplicates have other prices than the row that stays'),
  conflictLimit: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_JUDGEMENT.conflictLimit)
    .describe('share of the rows that may be removed although their prices differ'),
  zeroPrices: z
    .enum(ZERO_PRICES)
    .default(DEFAULT_JUDGEMENT.zeroPrices)
    .describe('whether a bar whose prices are all 0 has no price'),
  castPrices: z
    .boolean()
    .default(DEFAULT_JUDGEMENT.castPrices)
    .describe('whether prices may be text that holds numbers'),
  timeFormat: timeFormat
    .optional()
    .describe(
      'how times are written as text or in the digits of integers, such as %d.%m.%Y %H:%M; with two time columns, that of the date',
    ),
  strict: z.boolean().default(DEFAULT_JUDGEMENT.strict).describe('refuse what would be warned about'),
  readBack: z
    .union([z.enum(['off', 'on']), z.number().min(0, READ_BACK).max(1, READ_BACK)], READ_BACK)
    .default(DEFAULT_READ_BACK)
    .describe(
      'whether the new columns are decoded by another reader before they are published: off, on, a share of files',
    ),
  columns: strict({ time: columns, symbol: columns, open: column, high: column, low: column, close: column })
    .default({})
    .describe('time, symbol, open, high, low, close: names of columns that are not found by themselves'),
  memoryBudgetMiB: z
    .int()
    .min(1)
    .optional()
    .describe("what rows that have to be sorted may take; left out: the function's memory less 200"),
}).superRefine(({ inputPrefix, outputPrefix, failurePrefix, chartPrefix }, context) => {
  const given = chartPrefix === undefined ? {} : { chartPrefix }
  const prefixes = Object.entries({ inputPrefix, outputPrefix, failurePrefix, ...given })
  for (const [name, prefix] of prefixes) {
    for (const [other, otherPrefix] of prefixes) {
      if (name === other || !prefix.startsWith(otherPrefix)) continue
      // each enriched file would be enriched again, for ever
      const message = `${name} is "${prefix}" and ${other} "${otherPrefix}"; allowed are prefixes of which none begins with another`
      context.addIssue({ code: 'custom', message })
    }
  }
})

/** As it is written in `lib/environments.ts`. */
export type SettingsInput = z.input<typeof settingsSchema>

/** @throws RefusedError `settings` with everything that is wrong */
export function parseSettings(input: unknown, memoryMiB: number): FunctionSettings {
  const { data, error } = settingsSchema.safeParse(input)
  if (!data) {
    const problems = error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw new RefusedError('settings', `the settings are refused: ${problems.join('; ')}`)
  }
  const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, eventBus, memoryBudgetMiB, ...enrich } = data
  newColumnNames(enrich.supertrends)
  const readBack = typeof enrich.readBack === 'number' ? enrich.readBack : Number(enrich.readBack === 'on')
  const budgetMiB = memoryBudgetMiB ?? Math.max(memoryMiB - RESERVED_MIB, MIN_BUDGET_MIB)
  const memoryBudgetBytes = budgetMiB * MIB
  return {
    inputPrefix,
    outputPrefix,
    failurePrefix,
    chartPrefix,
    eventBus,
    enrich: { ...enrich, readBack, memoryBudgetBytes },
  }
}

const environmentSchema = z.object({
  [FUNCTION_VARIABLES.settings]: z.string().default('{}'),
  [FUNCTION_VARIABLES.arrivalsQueueUrl]: z.url(),
  [FUNCTION_VARIABLES.deadLetterQueueUrl]: z.url(),
  [MEMORY_VARIABLE]: z.coerce.number().int().min(128).default(512),
})

/** @throws RefusedError `settings` with everything that is wrong */
export function parseFunctionSettings(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionSettings & { readonly queues: QueueUrls } {
  const { data, error } = environmentSchema.safeParse(environment)
  if (!data) {
    const problems = error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw new RefusedError('settings', `the environment is refused: ${problems.join('; ')}`)
  }
  let input: unknown
  try {
    input = JSON.parse(data[FUNCTION_VARIABLES.settings])
  } catch (error) {
    throw new RefusedError('settings', `${FUNCTION_VARIABLES.settings} is not JSON`, { cause: error })
  }
  return {
    ...parseSettings(input, data[MEMORY_VARIABLE]),
    queues: {
      arrivals: data[FUNCTION_VARIABLES.arrivalsQueueUrl],
      // the stack has no queue of its own for them yet
      repairs: data[FUNCTION_VARIABLES.arrivalsQueueUrl],
      deadLetters: data[FUNCTION_VARIABLES.deadLetterQueueUrl],
    },
  }
}
