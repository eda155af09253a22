/**
 * Who may write an output when several deliveries tell of one key: late, doubled, out of order, side by side.
 *
 * An output says in its metadata what it was made of. Whoever wants to write looks at what is there, decides, and writes
 * only if nobody else has written in between.
 */
import { createHash } from 'node:crypto'
import type { EnrichSettings } from '../enrich/settings.ts'
import { OBJECT_METADATA as KEYS } from '../shared/names.ts'
import { currentObject, headObject, type ObjectHead } from '../storage/object-source.ts'
import type { ObjectAddress, S3Object, S3Port } from '../storage/s3-client.ts'
import { ConflictError, type WriteTarget } from '../storage/write-target.ts'
import type { FunctionSettings } from './function-settings.ts'

/** What an enriched object or a failure report is made of. */
export interface Origin {
  readonly eTag: string
  readonly versionId: string | undefined
  readonly sequencer: string | undefined
  /** Of the settings. */
  readonly digest: string
}

/** One delivery's view of one object. */
export interface Work {
  readonly s3: S3Port
  readonly settings: FunctionSettings
  readonly object: S3Object
  readonly origin: Origin
  readonly output: ObjectAddress
  readonly report: ObjectAddress
  /** Where a page goes that draws the trend; undefined where none is wanted. */
  readonly chart: ObjectAddress | undefined
  /** Whether it is likely that everything is done already, so that one looks before one reads. */
  readonly looksFirst: boolean
  readonly signal: AbortSignal
}

/**
 * - `write`: there is nothing, or something older, or something made with other settings
 * - `done`: exactly this is there
 * - `superseded`: something newer is there
 * - `unknown`: the two cannot be ordered; whoever still is the bucket's current object may write
 */
export type Decision = 'write' | 'done' | 'superseded' | 'unknown'

export function decide(origin: Origin, existing: Partial<Origin> | undefined): Decision {
  if (!existing) return 'write'
  const isSame = existing.eTag === origin.eTag && existing.versionId === origin.versionId
  if (isSame && existing.digest === origin.digest) return 'done'
  if (isSame) return 'write'
  if (existing.sequencer === undefined || origin.sequencer === undefined) return 'unknown'
  return compareSequencers(existing.sequencer, origin.sequencer) > 0 ? 'superseded' : 'write'
}

/** Whether a delivery may replace what another one has written. */
export async function mayWrite(
  work: Work,
  existing: ObjectHead | undefined,
): Promise<'write' | 'unchanged' | 'superseded'> {
  const decision = decide(work.origin, existing && originOf(existing.metadata))
  if (decision === 'done') return 'unchanged'
  if (decision !== 'unknown') return decision
  return (await isCurrent(work)) ? 'write' : 'superseded'
}

/** Somebody else keeps writing there: better come again later. */
const COMMIT_ATTEMPTS = 5

/**
 * Writes on the condition that nobody has written in between; if somebody has, looks what, and decides anew.
 * @param firstLook what is there, or undefined for nothing
 */
export async function commit<T>(
  work: Work,
  address: ObjectAddress,
  firstLook: ObjectHead | undefined,
  write: (onlyIf: NonNullable<WriteTarget['onlyIf']>) => Promise<T>,
): Promise<{ readonly outcome: 'written'; readonly result: T } | { readonly outcome: 'unchanged' | 'superseded' }> {
  let existing = firstLook
  for (let attempt = 1; ; attempt++) {
    const decision = await mayWrite(work, existing)
    if (decision !== 'write') return { outcome: decision }
    try {
      return { outcome: 'written', result: await write(existing ?? 'new') }
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === COMMIT_ATTEMPTS) throw error
      existing = await headObject(work.s3, address, work.signal)
    }
  }
}

/** @throws SourceChangedError when the object is gone */
export async function isCurrent({ s3, object, signal }: Work): Promise<boolean> {
  const current = await currentObject(s3, object, signal)
  return current.eTag === object.eTag && current.versionId === object.versionId
}

/** Sequencers are hexadecimal numbers of different lengths that are compared from the left. */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length)
  const [left, right] = [a.toUpperCase().padEnd(length, '0'), b.toUpperCase().padEnd(length, '0')]
  return left < right ? -1 : left > right ? 1 : 0
}

export function originMetadata(origin: Origin): Record<string, string> {
  return {
    [KEYS.sourceETag]: origin.eTag,
    ...(origin.versionId !== undefined && { [KEYS.sourceVersion]: origin.versionId }),
    ...(origin.sequencer !== undefined && { [KEYS.sourceSequencer]: origin.sequencer }),
    [KEYS.settings]: origin.digest,
  }
}

export function originOf(metadata: Readonly<Record<string, string>>): Partial<Origin> {
  return {
    eTag: metadata[KEYS.sourceETag],
    versionId: metadata[KEYS.sourceVersion],
    sequencer: metadata[KEYS.sourceSequencer],
    digest: metadata[KEYS.settings],
  } as Partial<Origin>
}

/** Tells settings apart that give different files. The memory budget is none of them, nor is what is read back. */
export function settingsDigest({ memoryBudgetBytes: _, readBack: __, ...settings }: EnrichSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(settings)))
    .digest('hex')
    .slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]))
}
