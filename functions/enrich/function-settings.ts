/** The function's settings: environment variables, parsed once at its start. */
import * as z from 'zod'
import { RefusedError } from '../shared/errors.ts'
import { FUNCTION_VARIABLES as NAMES } from '../shared/names.ts'
import {
  DEFAULT_SUPERTREND,
  type EnrichSettings,
  parseDefinition,
  parseKeep,
  parseMultiplier,
  parsePeriod,
} from './settings.ts'

export interface FunctionSettings {
  /** Objects whose key begins so are enriched. */
  readonly inputPrefix: string
  /** What a key has in the place of the input prefix when the object is enriched. */
  readonly outputPrefix: string
  readonly enrich: EnrichSettings
}

/** Set by Lambda itself. */
const MEMORY_VARIABLE = 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'
const MIB = 1024 * 1024
/** What the process takes without any row held: runtime, SDK, codec, parts on their way (measured 150 to 190 MiB). */
const RESERVED_MIB = 200
const MIN_BUDGET_MIB = 64

const column = z
  .string()
  .optional()
  .transform((name) => name || undefined)

const schema = z
  .object({
    [NAMES.inputPrefix]: z.string().default('incoming/'),
    [NAMES.outputPrefix]: z.string().default('enriched/'),
    [NAMES.definition]: parsed(NAMES.definition, parseDefinition, DEFAULT_SUPERTREND.definition),
    [NAMES.period]: parsed(NAMES.period, parsePeriod, DEFAULT_SUPERTREND.period),
    [NAMES.multiplier]: parsed(NAMES.multiplier, parseMultiplier, DEFAULT_SUPERTREND.multiplier),
    [NAMES.keep]: parsed(NAMES.keep, parseKeep, 'first'),
    [NAMES.timeColumn]: column,
    [NAMES.symbolColumn]: column,
    [NAMES.openColumn]: column,
    [NAMES.highColumn]: column,
    [NAMES.lowColumn]: column,
    [NAMES.closeColumn]: column,
    [MEMORY_VARIABLE]: parsed(MEMORY_VARIABLE, parsePeriod, 512),
  })
  .superRefine((values, context) => {
    const [input, output] = [values[NAMES.inputPrefix], values[NAMES.outputPrefix]]
    // each enriched file would be enriched again, for ever
    if (output.startsWith(input) || input.startsWith(output)) {
      const message = `${NAMES.outputPrefix} is "${output}" and ${NAMES.inputPrefix} "${input}"; allowed are two of which neither begins with the other`
      context.addIssue({ code: 'custom', message })
    }
  })

/** @throws RefusedError `settings` with everything that is wrong */
export function parseFunctionSettings(environment: Readonly<Record<string, string | undefined>>): FunctionSettings {
  const { data, error } = schema.safeParse(environment)
  if (!data) throw new RefusedError('settings', error.issues.map(({ message }) => message).join('; '))
  return {
    inputPrefix: data[NAMES.inputPrefix],
    outputPrefix: data[NAMES.outputPrefix],
    enrich: {
      supertrend: {
        definition: data[NAMES.definition],
        period: data[NAMES.period],
        multiplier: data[NAMES.multiplier],
      },
      keep: data[NAMES.keep],
      columns: {
        time: data[NAMES.timeColumn],
        symbol: data[NAMES.symbolColumn],
        open: data[NAMES.openColumn],
        high: data[NAMES.highColumn],
        low: data[NAMES.lowColumn],
        close: data[NAMES.closeColumn],
      },
      memoryBudgetBytes: Math.max(data[MEMORY_VARIABLE] - RESERVED_MIB, MIN_BUDGET_MIB) * MIB,
    },
  }
}

/** A variable in the same words as the command line's option. */
function parsed<T>(name: string, parse: (text: string, name: string) => T, fallback: T) {
  return z
    .string()
    .optional()
    .transform((text, context): T => {
      if (text === undefined) return fallback
      try {
        return parse(text, name)
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
        return z.NEVER
      }
    })
}
