/** A storm in which much happens at once: several keys, many contents, bad weather. */
import { FAMILIES, LARGE_FAMILIES } from './contents.ts'
import { CALM, type Chance, pick, type Weather } from './fate.ts'
import { drawnOnRemoved, type EventTimes, type KeyPlan, type Plan } from './plan.ts'

const WEATHERS: readonly Weather[] = [
  CALM,
  { ...CALM, held: 0.1 },
  { ...CALM, held: 0.05, failed: 0.01, lost: 0.03, conflict: 0.01, killed: 0.05 },
  { ...CALM, held: 0.08, failed: 0.02, lost: 0.06, conflict: 0.03, killed: 0.15 },
]
/** Packed: within one reconcile. Spaced: longer than a whole one, with all that is held. */
const GAPS_MS = [60, 300, 1_500, 20_000, 400_000]
/** Shorter than one reconcile: contents that are gone and back between two of its requests. */
const BLINK_MS = 400
const LARGE_BLINK_MS = 1_500
const MAX_KEYS = 3
const MAX_CHANGES = 8
/** Mostly at once, sometimes after everything else. */
const EVENTS: EventTimes = {
  delays: [
    { share: 0.8, ms: 1_000 },
    { share: 0.15, ms: 60_000 },
    { share: 0.05, ms: 900_000 },
  ],
  doubled: 0.08,
}

export function wildPlan(chance: Chance): Plan {
  const { next, below } = chance
  const isLarge = next() < 0.03
  const blinkMs = isLarge ? LARGE_BLINK_MS : BLINK_MS
  const family = pick(chance, isLarge ? LARGE_FAMILIES : FAMILIES)
  const first = pick(chance, family.settings)
  const others = family.settings.filter((name) => name !== first)
  const second = next() < 0.4 && others.length > 0 ? pick(chance, others) : undefined
  const withDeletions = next() < 0.3
  const keys = Array.from({ length: 1 + below(isLarge ? 1 : MAX_KEYS) }, (_, i): KeyPlan => {
    let at = 0
    const isForeign = next() < 0.03
    // an A that returns is what conditions on ETags cannot see
    const isBlinking = next() < (isLarge ? 0.8 : 0.4)
    const contents = isBlinking ? family.contents.slice(0, 2) : family.contents
    const changes = Array.from({ length: 1 + below(MAX_CHANGES) }, (_, change) => {
      at += next() * (isBlinking ? blinkMs : pick(chance, GAPS_MS))
      const content = isBlinking ? contents[change % 2]! : pick(chance, contents)
      return { at, content: withDeletions && next() < 0.25 ? undefined : content }
    })
    return {
      key: `incoming/key ${i}+ä.parquet`,
      history: next() < 0.1 ? pick(chance, contents) : undefined,
      isOutputForeign: isForeign && i % 2 === 0,
      isReportForeign: isForeign && i % 2 === 1,
      changes,
    }
  })
  const lastAt = Math.max(...keys.flatMap(({ changes }) => changes.map(({ at }) => at)))
  return {
    isVersioned: next() < 0.5,
    weather: pick(chance, WEATHERS),
    incidents: [],
    events: EVENTS,
    keys,
    settings: [first, second],
    deployedAt: next() * (lastAt + 2_000),
    overlapMs: next() < 0.5 ? 0 : next() * 30_000,
    isRolledOut: true,
    isSecondaryWanted: !isLarge && next() < 0.2,
    onRemoved: drawnOnRemoved(chance, 0.5),
    areRemovalsNotified: next() < 0.8,
    doesAnnounce: next() < 0.5,
    batchSize: next() < 0.2 ? 3 : 1,
    looks:
      next() < 0.1 ? [{ at: next() * (lastAt + 2_000), key: pick(chance, keys).key, again: true, deadlines: 0 }] : [],
  }
}
