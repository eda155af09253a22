/** What happens in one storm, drawn from its seed. */
import type { SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { type Content, FAMILIES, LARGE_FAMILIES, SETTINGS, type SettingsName } from './contents.ts'
import type { Chance, Weather } from './worker.ts'

export interface KeyPlan {
  readonly key: string
  /** There before the first event: made by an older engine. */
  readonly history: Content | undefined
  /** Somebody else's object at the output key. */
  readonly isOutputForeign: boolean
  readonly isReportForeign: boolean
  readonly changes: readonly Change[]
}

export interface Change {
  /** Milliseconds from the beginning. */
  readonly at: number
  /** Undefined: the object is deleted. */
  readonly content: Content | undefined
}

export interface Plan {
  readonly isVersioned: boolean
  readonly weather: Weather
  readonly keys: readonly KeyPlan[]
  /** Settings of the first and of the second deployment; the second one is undefined when there is none. */
  readonly settings: readonly [SettingsName, SettingsName | undefined]
  readonly deployedAt: number
  /** While both deployments take messages. */
  readonly overlapMs: number
  readonly isSecondaryWanted: boolean
  readonly onRemoved: 'keep' | 'remove'
  readonly areRemovalsNotified: boolean
  readonly doesAnnounce: boolean
  readonly batchSize: number
  /** Operators who let a key be made again. */
  readonly redrives: readonly { readonly at: number; readonly key: string }[]
}

const CALM: Weather = { held: 0, failed: 0, lost: 0, conflict: 0, killed: 0 }
const WEATHERS: readonly Weather[] = [
  CALM,
  { ...CALM, held: 0.1 },
  { held: 0.05, failed: 0.01, lost: 0.03, conflict: 0.01, killed: 0.05 },
  { held: 0.08, failed: 0.02, lost: 0.06, conflict: 0.03, killed: 0.15 },
]
/** Packed: within one reconcile. Spaced: longer than a whole one, with all that is held. */
const GAPS_MS = [60, 300, 1_500, 20_000, 400_000]
/** Shorter than one reconcile: contents that are gone and back between two of its requests. */
const BLINK_MS = 400
const LARGE_BLINK_MS = 1_500
const MAX_KEYS = 3
const MAX_CHANGES = 8

export function planOf({ next, below }: Chance): Plan {
  const isLarge = next() < 0.06
  const families = isLarge ? LARGE_FAMILIES : FAMILIES
  const blinkMs = isLarge ? LARGE_BLINK_MS : BLINK_MS
  const family = families[below(families.length)]!
  const pick = <T>(list: readonly T[]) => list[below(list.length)]!
  const first = pick(family.settings)
  const others = family.settings.filter((name) => name !== first)
  const second = next() < 0.4 && others.length > 0 ? pick(others) : undefined
  const withDeletions = next() < 0.3
  const keys = Array.from({ length: 1 + below(isLarge ? 1 : MAX_KEYS) }, (_, i): KeyPlan => {
    let at = 0
    const isForeign = next() < 0.03
    // an A that returns is what conditions on ETags cannot see
    const isBlinking = next() < (isLarge ? 0.8 : 0.4)
    const contents = isBlinking ? family.contents.slice(0, 2) : family.contents
    const changes = Array.from({ length: 1 + below(MAX_CHANGES) }, (_, change) => {
      at += next() * (isBlinking ? blinkMs : pick(GAPS_MS))
      const content = isBlinking ? contents[change % 2]! : pick(contents)
      return { at, content: withDeletions && next() < 0.25 ? undefined : content }
    })
    return {
      key: `incoming/key ${i}+ä.parquet`,
      history: next() < 0.1 ? pick(contents) : undefined,
      isOutputForeign: isForeign && i % 2 === 0,
      isReportForeign: isForeign && i % 2 === 1,
      changes,
    }
  })
  const lastAt = Math.max(...keys.flatMap(({ changes }) => changes.map(({ at }) => at)))
  return {
    isVersioned: next() < 0.5,
    weather: pick(WEATHERS),
    keys,
    settings: [first, second],
    deployedAt: next() * (lastAt + 2_000),
    overlapMs: next() < 0.5 ? 0 : next() * 30_000,
    isSecondaryWanted: !isLarge && next() < 0.2,
    onRemoved: next() < 0.5 ? 'keep' : 'remove',
    areRemovalsNotified: next() < 0.8,
    doesAnnounce: next() < 0.5,
    batchSize: next() < 0.2 ? 3 : 1,
    redrives: next() < 0.1 ? [{ at: next() * (lastAt + 2_000), key: pick(keys).key }] : [],
  }
}

/** The settings of a deployment, as the function gets them. */
export function settingsInput(plan: Plan, name: SettingsName): SettingsInput {
  const secondaries = { chartPrefix: 'charts/', droppedPrefix: 'dropped/' }
  const eventBus = plan.doesAnnounce ? { eventBus: 'bus' } : {}
  return { ...SETTINGS[name], ...eventBus, onRemoved: plan.onRemoved, ...(plan.isSecondaryWanted && secondaries) }
}

/** How long after its upload an event comes: mostly at once, sometimes after everything else. */
export function eventDelayMs({ next }: Chance): number {
  const kind = next()
  return next() * (kind < 0.8 ? 1_000 : kind < 0.95 ? 60_000 : 900_000)
}
