/**
 * A storm of one key, a few changes and one or two incidents, with everything else calm and single: no event that comes
 * twice and no later change repairs what the incident breaks.
 */
import { type Content, FAMILIES, LARGE_FAMILIES, type SettingsName } from './contents.ts'
import { CALM, type Chance, INCIDENTS, type Incident, pick } from './fate.ts'
import { type Change, drawnOnRemoved, type Plan, type PlannedLook } from './plan.ts'

/** What a storm is about. Shares of its storms, 0 to 1. */
interface Theme {
  /** Two contents take turns: A, B, A. */
  readonly returning: number
  /** Of the changes. */
  readonly deletions: number
  readonly deployment: number
  /** What belongs to a deleted object is removed. */
  readonly removal: number
  readonly secondaries: number
  /** Somebody redrives the key, or it has been too slow before. */
  readonly look: number
  readonly history: number
}

const THEMES: readonly Theme[] = [
  { returning: 0.7, deletions: 0, deployment: 0, removal: 0, secondaries: 0.2, look: 0, history: 0.1 },
  { returning: 0.5, deletions: 0, deployment: 1, removal: 0, secondaries: 0.4, look: 0, history: 0.2 },
  { returning: 0.7, deletions: 0.4, deployment: 0, removal: 0.8, secondaries: 0.4, look: 0, history: 0.2 },
  { returning: 0.3, deletions: 0, deployment: 0.2, removal: 0, secondaries: 0.2, look: 1, history: 0.6 },
]

const KEY = 'incoming/key 0+ä.parquet'
/** A whole reconcile takes about 200 ms. */
const LATENCY_MS = 20
/** Shorter than one reconcile; three within a second, which is all that a report tells; longer than everything. */
const GAPS_MS = [60, 300, 300, 2_000]
/** S3 tells whole seconds. */
const SECOND_MS = 1_000
const PAUSE_MS = 5_000
/** What fails comes again before. */
const RETRIED_MS = 30_000
/** The function reaches its deadline before. */
const PAST_DEADLINE_MS = 400_000
/** A message whose worker was killed comes again within. */
const LONG_OVERLAP_MS = 900_000
const MIN_CHANGES = 2
const MAX_CHANGES = 4
/** Of one invocation: two looks with everything that belongs to them. */
const MAX_REQUESTS = 16

export function quietPlan(chance: Chance): Plan {
  const { next, below } = chance
  const theme = pick(chance, THEMES)
  const isLarge = next() < 0.03
  const family = pick(chance, isLarge ? LARGE_FAMILIES : FAMILIES)
  const gapMs = (isLarge ? 2 : 1) * pick(chance, GAPS_MS)
  const changes = quietChanges(chance, theme, family.contents, gapMs)
  const firstAt = changes.at(1)?.at ?? 0
  const lastAt = changes.at(-1)!.at
  // around the changes that follow the first one
  const anyTime = () => firstAt - gapMs + next() * (lastAt - firstAt + 3 * gapMs)
  const settings: Plan['settings'] =
    next() < theme.deployment ? deployments(chance, family.settings) : [pick(chance, family.settings), undefined]
  const isForeign = next() < 0.02
  return {
    isVersioned: next() < 0.4,
    weather: { ...CALM, latencyMs: LATENCY_MS },
    incidents: Array.from({ length: next() < 0.6 ? 1 : 2 }, () => incident(chance, changes.length, gapMs)),
    events: {
      delays: [
        { share: 0.8, ms: LATENCY_MS },
        { share: 0.2, ms: 3 * gapMs },
      ],
      doubled: 0.02,
    },
    keys: [
      {
        key: KEY,
        history: next() < theme.history ? pick(chance, family.contents) : undefined,
        isOutputForeign: isForeign && below(2) === 0,
        isReportForeign: isForeign && below(2) === 0,
        changes,
      },
    ],
    settings,
    deployedAt: Math.max(0, anyTime()),
    overlapMs: next() < 0.2 ? 0 : next() * (next() < 0.7 ? 6 * gapMs : LONG_OVERLAP_MS),
    isRolledOut: settings[0] !== settings[1],
    isSecondaryWanted: !isLarge && next() < theme.secondaries,
    onRemoved: drawnOnRemoved(chance, theme.removal),
    areRemovalsNotified: true,
    doesAnnounce: next() < 0.4,
    batchSize: 1,
    looks: next() < theme.look ? [quietLook(chance, Math.max(0, anyTime()))] : [],
  }
}

function quietChanges(chance: Chance, theme: Theme, all: readonly Content[], gapMs: number): Change[] {
  const { next, below } = chance
  // those that are refused come last in a family
  const contents = next() < 0.5 ? [...all].reverse() : all
  const doReturn = next() < theme.returning
  let at = 0
  return Array.from({ length: MIN_CHANGES + below(MAX_CHANGES - MIN_CHANGES + 1) }, (_, i): Change => {
    const content = doReturn ? contents[i % 2]! : pick(chance, contents)
    const isDeleted = i > 0 && next() < theme.deletions
    const change = { at, content: isDeleted ? undefined : content }
    // mostly the first one is done when the others begin, and those begin with a second
    at = i === 0 && next() < 0.6 ? PAUSE_MS : at + gapMs * (0.8 + 0.4 * next())
    return change
  })
}

/** Half of the deployments change nothing that an output shows. */
function deployments(chance: Chance, names: readonly SettingsName[]): Plan['settings'] {
  const first = pick(chance, names)
  return [first, chance.next() < 0.4 ? first : pick(chance, names)]
}

/** Mostly a write of a later worker that is held: the first one, or any. */
function incident(chance: Chance, changes: number, gapMs: number): Incident {
  const { next, below } = chance
  const what = next() < 0.4 ? 'held' : pick(chance, INCIDENTS)
  const isCutOff = what.endsWith('held') && next() < 0.1
  return {
    invocation: next() < 0.7 ? 2 + below(changes) : 1,
    request: next() < 0.4 ? 0 : below(MAX_REQUESTS),
    isWrite: next() < 0.7,
    what,
    ms: isCutOff ? PAST_DEADLINE_MS : next() * (next() < 0.7 ? Math.max(3 * gapMs, SECOND_MS) : RETRIED_MS),
  }
}

function quietLook({ next }: Chance, at: number): PlannedLook {
  const isSlow = next() < 0.5
  return { at, key: KEY, again: !isSlow, deadlines: isSlow ? 2 : 0 }
}
