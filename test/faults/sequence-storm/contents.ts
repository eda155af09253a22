/** What is uploaded in a storm of sequences: a day of bars for each key, and days that are refused. */
import { parseSettings, type SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { md5 } from '../../fakes/bucket.ts'
import { type Bar, barsFile, someBars } from '../../parquet-files.ts'

export interface Content {
  /** `C` is no file of the format, `K` kills each worker that reads it. */
  readonly kind: Kind
  readonly bytes: Uint8Array
  readonly eTag: string
}

/** The last two depend on the files before: bars between theirs, and bars that they have too. */
export const KINDS = ['A', 'B', 'C', 'K', 'L', 'O'] as const
export type Kind = (typeof KINDS)[number]

export const WITHIN = 'incoming/*/'
export const SETTINGS = {
  plain: { carry: { within: WITHIN } },
  period: { carry: { within: WITHIN }, supertrends: [{ period: 7 }] },
} as const satisfies Record<string, SettingsInput>
export type SettingsName = keyof typeof SETTINGS

const BARS = 12
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const MEMORY_MIB = 1024

export function settingsOf(name: SettingsName, more: SettingsInput) {
  return parseSettings({ ...SETTINGS[name], ...more }, MEMORY_MIB)
}

const known = new Map<string, Content>()

export function contentOf(day: number, kind: Kind): Content {
  const name = `${day} ${kind}`
  const content = known.get(name) ?? newContent(bytesOf(day, kind), kind)
  known.set(name, content)
  return content
}

function newContent(bytes: Uint8Array, kind: Kind): Content {
  return { kind, bytes, eTag: md5(bytes) }
}

function bytesOf(day: number, kind: Kind): Uint8Array {
  const bars = barsOf(day, kind === 'B' ? 2 : 1)
  if (kind === 'C') return Buffer.from(`day ${day}, no parquet`)
  if (kind === 'K') return barsFile(barsOf(day, 3))
  if (kind === 'L')
    return barsFile([
      ...barsOf(day - 1, 1)
        .slice(-1)
        .map(earlier),
      ...bars,
    ])
  if (kind === 'O') return barsFile([...barsOf(day - 1, 1).slice(-2), ...bars])
  return barsFile(bars)
}

function barsOf(day: number, seed: number): Bar[] {
  return someBars(BARS, day * 10 + seed).map(({ time, ...bar }) => ({ ...bar, time: time + day * DAY_MS }))
}

function earlier({ time, ...bar }: Bar): Bar {
  return { ...bar, time: time - MINUTE_MS / 2 }
}
