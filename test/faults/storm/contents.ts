/** What is uploaded in a storm, and what has to come of it under each of the settings. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import {
  type FunctionSettings,
  parseSettings,
  type SettingsInput,
} from '../../../functions/lambda/function-settings.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { md5 } from '../../fakes/bucket.ts'
import { type Bar, barsFile, enrichAndKeep, someBars } from '../../parquet-files.ts'

export interface Content {
  readonly name: string
  readonly bytes: Uint8Array
  readonly eTag: string
  /** Copied by S3. */
  readonly isLarge: boolean
}

/** Settings that a deployment changes: other bytes, other refusals, or the memory alone. */
export const SETTINGS = {
  plain: {},
  strict: { strict: true },
  lastPrice: { columns: { close: 'last' } },
  littleMemory: { memoryBudgetMiB: 1 },
  perVolume: { columns: { symbol: 'volume' } },
  period: { supertrends: [{ period: 7 }] },
} as const satisfies Record<string, SettingsInput>
export type SettingsName = keyof typeof SETTINGS

const MEMORY_MIB = 1024
const BALLAST = 'x'.repeat(210_000)

const bars = someBars(20, 1)
/** The bytes are made when they are asked for first: many storms do without the large files. */
function content(name: string, make: () => Uint8Array, isLarge = false): Content {
  let bytes: Uint8Array | undefined
  let eTag: string | undefined
  return {
    name,
    isLarge,
    get bytes() {
      bytes ??= make()
      return bytes
    },
    get eTag() {
      eTag ??= md5(this.bytes)
      return eTag
    },
  }
}

/** Two files of one size: only their ETags tell them apart. */
const A = content('A', () => file(bars))
const B = content('B', () => file(someBars(20, 2)))
/** Duplicates that agree: rows are removed. */
const D = content('D', () => barsFile([...bars, ...bars.slice(-4)]))
/** Duplicates that conflict: refused if the settings are strict. */
const K = content('K', () =>
  barsFile([...bars, ...bars.slice(-4).map(({ close, ...bar }) => ({ ...bar, close: close! + 0.01 }))]),
)
/** Duplicates of another volume: no duplicates if the volume tells series apart. */
const Q = content('Q', () =>
  barsFile([...bars, ...bars.slice(-4).map(({ volume, ...bar }) => ({ ...bar, volume: volume! + 1 }))]),
)
/** No file of the format, of the size of A. */
const X = content('X', () => new Uint8Array(A.bytes.length).fill(120))
/** Without a column that is called close. */
const N = content('N', () => file(bars, 'last'))
/** Out of order, and too much to sort in little memory. */
const M = content('M', () =>
  barsFile(someBars(20_000, 3).sort((a, b) => ((a.time / 60_000) % 2) - ((b.time / 60_000) % 2))),
)
/** Read in several requests, and copied by S3; of one size. */
const L = content('L', () => file(bars, 'close', BALLAST), true)
const P = content('P', () => file(someBars(20, 2), 'close', BALLAST), true)

/** Which contents a key gets, and which settings make a difference for them. */
export const FAMILIES: readonly {
  readonly contents: readonly Content[]
  readonly settings: readonly SettingsName[]
}[] = [
  { contents: [A, B], settings: ['plain', 'period'] },
  { contents: [A, B, X], settings: ['plain', 'period', 'littleMemory'] },
  { contents: [A, X], settings: ['plain', 'period', 'lastPrice'] },
  { contents: [A, D, K], settings: ['plain', 'strict', 'period'] },
  { contents: [D, K, X], settings: ['plain', 'strict'] },
  { contents: [A, Q], settings: ['plain', 'perVolume'] },
  { contents: [A, N], settings: ['plain', 'lastPrice'] },
  { contents: [A, N, X], settings: ['plain', 'lastPrice'] },
]
export const LARGE_FAMILIES: typeof FAMILIES = [
  { contents: [L, P], settings: ['plain', 'period'] },
  { contents: [L, P, X], settings: ['plain', 'lastPrice'] },
  { contents: [A, M], settings: ['plain', 'littleMemory'] },
]

function file(bars: readonly Bar[], closeName = 'close', ballast?: string): Uint8Array {
  const column = (name: string, type: 'TIMESTAMP' | 'DOUBLE' | 'STRING', of: (bar: Bar, row: number) => unknown) => ({
    name,
    type,
    nullable: true,
    data: bars.map(of),
  })
  const columnData = [
    column('datetime', 'TIMESTAMP', (bar) => new Date(bar.time)),
    ...(['open', 'high', 'low', 'volume'] as const).map((name) => column(name, 'DOUBLE', (bar) => bar[name])),
    column(closeName, 'DOUBLE', (bar) => bar.close),
    ...(ballast === undefined ? [] : [column('note', 'STRING', (_, row) => `${row} ${ballast}${ballast}`)]),
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }))
}

/** What has to come of a content: an output, and perhaps a file of removed rows; or a report. */
export type Expected =
  | {
      readonly output: Uint8Array
      readonly dropped: Uint8Array
      readonly rowsDropped: number
      readonly code?: undefined
    }
  | { readonly code: string }

const expectations = new Map<string, Promise<Expected>>()

export function expectedOf(content: Content, settings: SettingsName): Promise<Expected> {
  const name = `${content.name} ${settings}`
  const known = expectations.get(name)
  if (known) return known
  const computing = compute(content, settings)
  expectations.set(name, computing)
  return computing
}

async function compute({ bytes }: Content, settings: SettingsName): Promise<Expected> {
  try {
    const { output, dropped, quality } = await enrichAndKeep(bytes, settingsOf(SETTINGS[settings]).enrich)
    return { output, dropped, rowsDropped: quality.duplicatesDropped }
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code }
    throw error
  }
}

const parsedSettings = new Map<string, FunctionSettings>()

export function settingsOf(input: SettingsInput): FunctionSettings {
  const name = JSON.stringify(input)
  const known = parsedSettings.get(name)
  if (known) return known
  const settings = parseSettings(input, MEMORY_MIB)
  parsedSettings.set(name, settings)
  return settings
}
