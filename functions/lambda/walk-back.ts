/** Finds the key from which a sequence has to be advanced: the first of those before a key that are not done. */
import { enrichSettingsOf, type FunctionSettings } from './function-settings.ts'
import { identityOf, isMadeLike, type OwnObject } from './identity.ts'
import { type Keys, keysOf } from './keys.ts'
import type { Neighbours } from './neighbours.ts'
import { findInput, findWritten, type Place } from './objects.ts'
import { isWrittenBefore } from './publish-outcome.ts'
import type { Link } from './running-state.ts'

interface Limits {
  /** Whether to stop at a key in between. */
  isOver(): boolean
  /** When the message came first, if that was before. */
  readonly since: number | undefined
}

/** Where the work begins. */
export interface Beginning {
  readonly key: string
  /** The output that this key continues; undefined for the first one of the sequence. */
  readonly after: Link | undefined
  /** Whether the keys before it are still to be looked at, because the time is over. */
  readonly isUnfinished: boolean
  readonly steps: number
}

/**
 * Walks over keys that are pending (the object has neither an output nor a report) or refused, to the nearest one that is
 * published for its current object, or whose object is gone: then the output hands on its state as it is.
 * On a redelivered message it also walks over those that were written since it came first: they may be unannounced.
 */
export async function walkBack(
  place: Place,
  settings: FunctionSettings,
  neighbours: Neighbours,
  start: string,
  { isOver, since }: Limits,
): Promise<Beginning> {
  let key = start
  let steps = 0
  for await (const before of neighbours.before(start)) {
    if (key !== start && isOver()) return { key, after: undefined, isUnfinished: true, steps }
    steps++
    const found = await lookBackAt(place, settings, before, since)
    if (found === 'nothing') continue
    if (found !== 'pending') return { key, after: found, isUnfinished: false, steps }
    // also a refused one: it is judged again, because the file before it may be another now
    key = before
  }
  return { key, after: undefined, isUnfinished: false, steps }
}

/** @yields the enriched files before a key, the newest first */
export async function* linksBefore(
  place: Place,
  settings: FunctionSettings,
  neighbours: Neighbours,
  start: string,
): AsyncGenerator<Link, undefined> {
  for await (const key of neighbours.before(start)) {
    const found = await lookBackAt(place, settings, key, undefined)
    if (typeof found === 'object') yield found
  }
  return undefined
}

/** @returns the output if the next key continues from it; `nothing` for a key that has neither an object nor an output */
async function lookBackAt(
  place: Place,
  settings: FunctionSettings,
  key: string,
  since: number | undefined,
): Promise<Link | 'pending' | 'nothing'> {
  const keys = keysOf(settings, key)
  const [output, report] = await Promise.all([findWritten(place, keys.output), findWritten(place, keys.report)])
  const source = await findInput(place, key)
  const enrich = enrichSettingsOf(settings, key)
  const own = output?.own
  // made with other settings, its state makes the next file a refused one: its values would start again without a warning
  if (!source) return linkOfOutput(keys, own) ?? 'nothing'
  const identity = identityOf(
    source,
    enrich,
    { stack: '', number: 0 },
    0,
    settings.carry && { after: '', ...settings.carry },
  )
  if (report?.own || !own || !isMadeLike(own, identity)) return 'pending'
  if (since !== undefined && !isWrittenBefore(since, output.lastModified)) return 'pending'
  return linkOfOutput(keys, own) ?? 'pending'
}

function linkOfOutput({ input, output }: Keys, own: OwnObject | undefined): Link | undefined {
  return own?.state === undefined ? undefined : { input, output, state: own.state }
}
