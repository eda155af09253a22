/** The newest flips of a file, for the notice about it. */
import type { Flip } from '../audit/flip.ts'
import type { StateBefore } from '../audit/trends-before.ts'
import { hasTrend } from '../enrich/chosen-columns.ts'
import type { Enriched } from '../enrich/enrich.ts'
import type { ObjectSource } from '../storage/object-source.ts'
import { MAX_HELD_MIB, outputInMemory } from './output-in-memory.ts'
import type { Look, Work } from './work.ts'

/** Of the 256 KB that EventBridge takes for an event; the rest is for its warnings and names. */
const MAX_FLIPS_BYTES = 128 * 1024

/** What a notice says about the flips of a file. */
export interface NoticeFlips {
  /** Flips in the file. */
  readonly flipCount: number
  /** The newest ones, in the order of their times. */
  readonly flips: readonly Flip[]
}

/**
 * Lists flips for a notice. It never fails: the output is published, and a notice without flips is better than none.
 * @param before the state that the file continues from
 * @returns undefined when flips are not wanted or cannot be listed
 */
export async function newestFlips(
  { noticeFlips, enrich, signal }: Work,
  { source: { size } }: Look,
  source: ObjectSource,
  enriched: Enriched,
  before: StateBefore | undefined,
): Promise<NoticeFlips | undefined> {
  if (noticeFlips === 0 || size > MAX_HELD_MIB * 2 ** 20 || !hasTrend(enrich) || signal.aborted) return undefined
  try {
    // loaded only where flips are wanted
    const { flipsOf } = await import('../audit/flips.ts')
    const flips = await flipsOf(await outputInMemory(source, enriched), enrich, before)
    return { flipCount: flips.length, flips: fitting(flips.slice(-noticeFlips)) }
  } catch {
    return undefined
  }
}

/** As many of the last flips as fit into an event. */
function fitting(flips: readonly Flip[]): Flip[] {
  let bytes = 0
  const tooOld = flips.findLastIndex((flip) => {
    bytes += Buffer.byteLength(JSON.stringify(flip)) + 1
    return bytes > MAX_FLIPS_BYTES
  })
  return flips.slice(tooOld + 1)
}
