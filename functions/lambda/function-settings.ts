/** The function's settings: one JSON object in the environment, parsed once at its start. */
import type * as z from 'zod/mini'
import { checkKeep } from '../enrich/carry/sequence.ts'
import { stateSettings } from '../enrich/carry/state-settings.ts'
import { DEFAULT_NEW_COLUMNS, hasTrend, newColumnSettings } from '../enrich/chosen-columns.ts'
import { newColumnNames } from '../enrich/new-columns.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { RefusedError } from '../shared/errors.ts'
import { folderPattern } from '../shared/folder-pattern.ts'
import { enrichSchema, enrichShape, settingsSchema } from './settings-schema.ts'
import type { CarrySettings, FunctionSettings } from './settings-types.ts'

export type { FunctionSettings, SettingsInput } from './settings-types.ts'

/** The settings for one key: those of the longest prefix that it begins with, or those of all other keys. */
export function enrichSettingsOf(
  { enrich, perPrefix }: Pick<FunctionSettings, 'enrich' | 'perPrefix'>,
  key: string,
): EnrichSettings {
  return perPrefix.find(({ prefix }) => key.startsWith(prefix))?.enrich ?? enrich
}

const MIB = 1024 * 1024
/** Memory of the process without rows: runtime, SDK, parquet-wasm, parts being uploaded (measured 150 to 190 MiB). */
const RESERVED_MIB = 200
const MIN_BUDGET_MIB = 64

/** @throws RefusedError `settings` that lists every problem */
export function parseSettings(input: unknown, memoryMiB: number): FunctionSettings {
  const { perPrefix, ...settings } = parsed(settingsSchema, input, 'settings')
  const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, ...others } = settings
  const {
    formerPrefixes,
    suffixes,
    onRemoved,
    overwriteForeign,
    storageClass,
    eventBus,
    noticeFlips,
    carry,
    ...enrich
  } = others
  const base = Object.fromEntries(Object.entries(input as object).filter(([name]) => name in enrichShape))
  const ofPrefixes = perPrefix.map(({ prefix, settings }) => {
    const own = parsed(enrichSchema, { ...base, ...settings }, `settings of perPrefix "${prefix}"`)
    return { prefix, enrich: enrichSettings(own, memoryMiB) }
  })
  const all = [enrichSettings(enrich, memoryMiB), ...ofPrefixes.map(({ enrich }) => enrich)]
  if (chartPrefix !== undefined) checkDrawn(all)
  if (carry) for (const { keep } of all) checkKeep({ keep })
  if (carry) checkOneState(carrySettings(carry), all[0]!, ofPrefixes)
  return {
    inputPrefix,
    formerPrefixes,
    outputPrefix,
    failurePrefix,
    chartPrefix,
    droppedPrefix,
    suffixes: suffixes.map((suffix) => suffix.toLowerCase()),
    onRemoved,
    overwriteForeign,
    storageClass,
    eventBus,
    noticeFlips,
    carry: carry && carrySettings(carry),
    enrich: all[0]!,
    perPrefix: ofPrefixes.toSorted(byLength),
  }
}

/** @throws RefusedError `settings` when a chart could not be drawn */
function checkDrawn(all: readonly EnrichSettings[]): void {
  if (all.every(hasTrend)) return
  throw new RefusedError(
    'settings',
    `the settings are refused: newColumns lacks a column that the pages below chartPrefix draw; allowed with it are ${DEFAULT_NEW_COLUMNS.join()} and more`,
  )
}

/** @throws RefusedError `settings` when files of one sequence would have different values, which none of them could continue */
function checkOneState(
  { folder, forgetAfter }: CarrySettings,
  enrich: EnrichSettings,
  perPrefix: FunctionSettings['perPrefix'],
): void {
  const all = { enrich, perPrefix: perPrefix.toSorted(byLength) }
  for (const { prefix, enrich: own } of perPrefix) {
    const sequence = folder.exec(prefix)?.[0]
    if (sequence === undefined || sequence.length === prefix.length) continue
    const around = enrichSettingsOf(all, sequence)
    const [inside, outside] = [own, around].map((each) => stateSettings(each, forgetAfter))
    const name = Object.keys({ ...inside, ...outside }).find(
      (name) => JSON.stringify(inside![name]) !== JSON.stringify(outside![name]),
    )
    if (name === undefined) continue
    throw new RefusedError(
      'settings',
      `the settings are refused: perPrefix "${prefix}" has other ${name} than the rest of its sequence, "${sequence}", and a file continues only one with the same; allowed for it is "${sequence}", or a prefix before it`,
    )
  }
}

function byLength(a: { readonly prefix: string }, b: { readonly prefix: string }): number {
  return b.prefix.length - a.prefix.length
}

type ParsedCarry = NonNullable<z.output<typeof settingsSchema>['carry']>

function carrySettings({ within, forgetAfter, lookBack, prefix }: ParsedCarry): CarrySettings {
  return { folder: folderPattern(within.slice(0, -1)), forgetAfter, lookBack, prefix }
}

function enrichSettings(data: z.output<typeof enrichSchema>, memoryMiB: number): EnrichSettings {
  const { memoryBudgetMiB, readBack, newColumns, columnPrefix, double, ...settings } = data
  newColumnNames(settings.supertrends)
  const budgetMiB = memoryBudgetMiB ?? Math.max(memoryMiB - RESERVED_MIB, MIN_BUDGET_MIB)
  return {
    ...settings,
    readBack: typeof readBack === 'number' ? readBack : Number(readBack === 'on'),
    memoryBudgetBytes: budgetMiB * MIB,
    ...newColumnSettings({ newColumns, columnPrefix, double }),
  }
}

/** @throws RefusedError `settings` that lists every problem */
export function parsed<T>(schema: z.ZodMiniType<T>, input: unknown, what: string): T {
  const { data, error } = schema.safeParse(input)
  if (!error) return data
  const problems = error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new RefusedError('settings', `the ${what} are refused: ${problems.join('; ')}`)
}
