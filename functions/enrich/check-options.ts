/** Options of the library. Its callers may be JavaScript, in which no compiler finds a wrong name or value. */
import type { ColumnChoices } from '../market/named-columns.ts'
import { DEFINITIONS, type SupertrendParameters } from '../market/supertrend.ts'
import { printable, RefusedError } from '../shared/errors.ts'
import { type NewColumnSettings, newColumnSettings } from './chosen-columns.ts'
import { newColumnNames } from './new-columns.ts'
import { CODEC_CHOICES, CONFLICTS, DEFAULT_SUPERTREND, type EnrichSettings, KEEP, ZERO_PRICES } from './settings.ts'

const SUPERTREND_NAMES: Record<keyof SupertrendParameters, 1> = { definition: 1, period: 1, multiplier: 1 }
const COLUMN_NAMES: Record<keyof ColumnChoices, 1> = { time: 1, symbol: 1, open: 1, high: 1, low: 1, close: 1 }

/** A misspelt option would otherwise have no effect. @throws RefusedError `settings` */
export function checkNames(of: string, given: object, allowed: Readonly<Record<string, 1>>): void {
  const wrong = Object.keys(given).find((name) => !Object.hasOwn(allowed, name))
  if (wrong === undefined) return
  throw new RefusedError('settings', `${of} has no option ${wrong}; allowed are ${Object.keys(allowed).join(', ')}`)
}

/** @throws RefusedError `settings` */
export function supertrendsOf(sets: readonly Partial<SupertrendParameters>[]): SupertrendParameters[] {
  checkOption('supertrends', sets, Array.isArray(sets), 'a list such as [{ "period": 14 }]')
  for (const each of sets) checkNames('supertrends', each, SUPERTREND_NAMES)
  const supertrends = sets.map((each) => ({ ...DEFAULT_SUPERTREND, ...each }))
  newColumnNames(supertrends)
  supertrends.forEach(checkParameters)
  return supertrends
}

/** @throws RefusedError `settings` */
export function checkParameters({ definition, period, multiplier }: SupertrendParameters): void {
  if (!Number.isSafeInteger(period) || period < 1 || !Number.isFinite(multiplier) || multiplier <= 0) {
    throw new RefusedError(
      'settings',
      `period ${shownOption(period)}, multiplier ${shownOption(multiplier)}; allowed are an integer from 1 up and a number greater than 0`,
    )
  }
  if (!DEFINITIONS.includes(definition)) {
    throw new RefusedError('settings', `definition ${definition}; allowed are ${DEFINITIONS.join(', ')}`)
  }
}

/** @throws RefusedError `settings` */
export function newColumnsOf({ newColumns, columnPrefix, double }: NewColumnSettings): NewColumnSettings {
  const isList = newColumns === undefined || Array.isArray(newColumns)
  checkOption('newColumns', newColumns, isList, 'a list such as ["ub", "lb", "flip"]')
  const isText = columnPrefix === undefined || typeof columnPrefix === 'string'
  checkOption('columnPrefix', columnPrefix, isText, 'text such as daily_')
  checkOneOf('double', double, [undefined, true, false])
  return newColumnSettings({ newColumns, columnPrefix, double })
}

/** @throws RefusedError `settings` */
export function checkSettings(settings: EnrichSettings): void {
  checkOneOf('codec', settings.codec, CODEC_CHOICES)
  checkOneOf('keep', settings.keep, KEEP)
  checkOneOf('conflicts', settings.conflicts, CONFLICTS)
  checkZeroPrices(settings.zeroPrices)
  for (const name of ['castPrices', 'strict'] as const) checkOneOf(name, settings[name], [true, false])
  for (const name of ['conflictLimit', 'readBack'] as const) {
    checkOption(name, settings[name], isNumber(settings[name], 0, 1), 'a number from 0 to 1')
  }
  const { timeFormat, memoryBudgetBytes, columns } = settings
  checkOption(
    'timeFormat',
    timeFormat,
    timeFormat === undefined || typeof timeFormat === 'string',
    'text such as %d.%m.%Y',
  )
  checkOption('memoryBudgetBytes', memoryBudgetBytes, isNumber(memoryBudgetBytes, 1), 'a number of bytes from 1 up')
  checkColumns(columns)
}

/** @throws RefusedError `settings` */
export function checkZeroPrices(zeroPrices: EnrichSettings['zeroPrices']): void {
  checkOneOf('zeroPrices', zeroPrices, ZERO_PRICES)
}

function checkColumns(columns: ColumnChoices): void {
  checkNames('columns', columns, COLUMN_NAMES)
  for (const [role, names] of Object.entries(columns)) {
    const mayBeMany = role === 'time' || role === 'symbol'
    const all: readonly unknown[] = mayBeMany && Array.isArray(names) ? names : [names ?? '']
    const isText = all.length > 0 && all.every((name) => typeof name === 'string')
    checkOption(`columns.${role}`, names, isText, mayBeMany ? 'a name or a list of names' : 'a name')
  }
}

function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  checkOption(name, value, allowed.includes(value), allowed.map(shownOption).join(', '))
}

function checkOption(name: string, value: unknown, isAllowed: boolean, allowed: string): void {
  if (!isAllowed) throw new RefusedError('settings', `${name} is ${shownOption(value)}; allowed is ${allowed}`)
}

function isNumber(value: unknown, from: number, to = Number.POSITIVE_INFINITY): boolean {
  return typeof value === 'number' && value >= from && value <= to
}

function shownOption(value: unknown): string {
  return typeof value === 'number' ? String(value) : printable(JSON.stringify(value) ?? String(value))
}
