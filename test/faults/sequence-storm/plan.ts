/** What happens in one storm of sequences, drawn from its seed. */
import { CALM, type Chance, pick, type Weather } from '../storm/fate.ts'
import { type Content, contentOf, type Kind, type SettingsName } from './contents.ts'

export interface Change {
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly key: string
  /** Undefined: the object is deleted. */
  readonly content: Content | undefined
}

export interface Plan {
  readonly isVersioned: boolean
  readonly weather: Weather
  /** Objects that were there before the function. */
  readonly history: readonly Omit<Change, 'at'>[]
  readonly changes: readonly Change[]
  readonly settings: readonly [SettingsName, SettingsName | undefined]
  readonly deployedAt: number
  readonly overlapMs: number
  /** Whether the message after the second deployment is about all keys or about the first of each sequence. */
  readonly isEachLookedAt: boolean
  readonly onRemoved: 'keep' | 'remove'
  readonly doesAnnounce: boolean
  readonly isSecondaryWanted: boolean
  /** That work side by side. */
  readonly workers: number
  readonly batchSize: number
  /** Whether a batch has as many messages as there are, or any number of them. */
  readonly isBatchFull: boolean
  readonly events: {
    /** An event comes within one of these after its upload. */
    readonly delaysMs: readonly number[]
    /** Share of events that come twice. */
    readonly doubled: number
  }
  /** Keys that an operator has made again. */
  readonly again: readonly { readonly at: number; readonly key: string }[]
}

const WEATHERS: readonly Weather[] = [
  CALM,
  { ...CALM, held: 0.05 },
  { ...CALM, held: 0.03, failed: 0.005, lost: 0.01, conflict: 0.005, killed: 0.1 },
  { ...CALM, held: 0.05, failed: 0.01, lost: 0.02, conflict: 0.02, killed: 0.25 },
]
const GAPS_MS = [0, 500, 5_000, 600_000]
const MAX_DAYS = 6
/** Mostly at once, sometimes after everything else. */
const EVENTS = { delaysMs: [1_000, 1_000, 1_000, 60_000, 900_000], doubled: 0.1 }
/** Of the contents; the others are A. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ['B', 0.3],
  ['C', 0.12],
  ['L', 0.12],
  ['O', 0.12],
  ['K', 0.02],
]

export function planOf(chance: Chance): Plan {
  const { next, below } = chance
  const folders = next() < 0.7 ? ['a'] : ['a', 'b']
  const withDeletions = next() < 0.3
  const gapMs = pick(chance, GAPS_MS)
  const history: Omit<Change, 'at'>[] = []
  const changes: Change[] = []
  for (const folder of folders) {
    const days = 2 + below(MAX_DAYS)
    const keys = Array.from(
      { length: days },
      (_, day) => `incoming/${folder}/day ${String(day).padStart(2, '0')}.parquet`,
    )
    const historic = next() < 0.3 ? below(days) : 0
    for (let day = 0; day < historic; day++) history.push({ key: keys[day]!, content: contentOf(day, 'A') })
    const uploads = keys.flatMap((key, day) => {
      const count = day < historic && next() < 0.7 ? 0 : 1 + below(3)
      return Array.from({ length: count }, (_, i) => {
        const isDeleted = i > 0 && withDeletions && next() < 0.4
        return { key, content: isDeleted ? undefined : contentOf(day, kindOf(chance)) }
      })
    })
    let at = 0
    for (const upload of mixed(chance, uploads)) {
      at += next() * gapMs
      changes.push({ ...upload, at })
    }
  }
  const lastAt = Math.max(0, ...changes.map(({ at }) => at))
  const settings = pick<Plan['settings']>(chance, [
    ['plain', undefined],
    ['plain', undefined],
    ['plain', 'plain'],
    ['plain', 'period'],
  ])
  return {
    isVersioned: next() < 0.3,
    weather: pick(chance, WEATHERS),
    history,
    changes,
    settings,
    deployedAt: next() * (lastAt + 20_000),
    overlapMs: next() < 0.5 ? 0 : next() * 60_000,
    isEachLookedAt: next() < 0.5,
    onRemoved: next() < 0.7 ? 'keep' : 'remove',
    doesAnnounce: next() < 0.4,
    isSecondaryWanted: next() < 0.1,
    workers: 4,
    batchSize: next() < 0.5 ? 1 : 10,
    isBatchFull: false,
    events: EVENTS,
    again:
      next() < 0.15 && changes.length > 0 ? [{ at: next() * (lastAt + 20_000), key: pick(chance, changes).key }] : [],
  }
}

function kindOf({ next }: Chance): Kind {
  let left = next()
  for (const [kind, share] of SHARES) {
    left -= share
    if (left < 0) return kind
  }
  return 'A'
}

/** Sorted, reversed, or anything between. */
function mixed<T>({ next, below }: Chance, list: readonly T[]): T[] {
  const share = next()
  const out = share < 0.2 ? list.toReversed() : [...list]
  for (let i = out.length - 1; i > 0; i--) {
    if (next() > share) continue
    const j = below(i + 1)
    ;[out[i], out[j]] = [out[j]!, out[i]!]
  }
  return out
}
