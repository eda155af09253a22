/**
 * The state of all series after a file, from which the next file continues. Columns of numbers rather than objects: a state of
 * 100,000 series is read and written whole for each file, and most of them only pass through.
 */

import type { SeriesState } from '../series-recursion.ts'
import type { SupertrendParameters, SupertrendState } from '../supertrend.ts'
import type { CarriedUnit } from './time-units.ts'

/** Units of carried times, in the order of their numbers in the state. */
export const CARRIED_UNITS = ['s', 'ms', 'us', 'ns', 'day'] as const satisfies readonly CarriedUnit[]

/** The recursions of one parameter set, by series. */
interface CarriedSet {
  readonly bars: Float64Array
  readonly previousClose: Float64Array
  readonly atr: Float64Array
  readonly weight: Float64Array
  readonly upper: Float64Array
  readonly lower: Float64Array
  readonly segment: Int32Array
  readonly side: Int8Array
  readonly orientation: Int8Array
}

export interface CarriedState {
  readonly supertrends: readonly SupertrendParameters[]
  /** By symbol column, the type of its values; null while all are null. Empty while there is no series. */
  readonly keyTypes: readonly (string | null)[]
  /** By series, its name (series-key.ts); ascending. */
  readonly keys: readonly string[]
  /** By series, the time of its last bar, and the number of its unit. */
  readonly times: BigInt64Array
  readonly units: Uint8Array
  /** By series, the files since the last one that has it. */
  readonly absent: Uint32Array
  readonly sets: readonly CarriedSet[]
}

export function newCarriedState(
  supertrends: readonly SupertrendParameters[],
  keyTypes: readonly (string | null)[],
  keys: readonly string[],
): CarriedState {
  const { length } = keys
  return {
    supertrends,
    keyTypes,
    keys,
    times: new BigInt64Array(length),
    units: new Uint8Array(length),
    absent: new Uint32Array(length),
    sets: supertrends.map(() => newCarriedSet(length)),
  }
}

function newCarriedSet(series: number): CarriedSet {
  const doubles = () => new Float64Array(series)
  return {
    bars: doubles(),
    previousClose: doubles(),
    atr: doubles(),
    weight: doubles(),
    upper: doubles(),
    lower: doubles(),
    segment: new Int32Array(series),
    side: new Int8Array(series),
    orientation: new Int8Array(series),
  }
}

/** The recursions of a series, as objects that move on. Their time is set with the first bar. */
export function recursionsAt({ sets }: CarriedState, at: number): SeriesState {
  return { timeLow: 0, timeHigh: 0, supertrends: sets.map((set) => recursionAt(set, at)) }
}

function recursionAt(set: CarriedSet, at: number): SupertrendState {
  return {
    bars: set.bars[at]!,
    previousClose: set.previousClose[at]!,
    atr: set.atr[at]!,
    weight: set.weight[at]!,
    upper: set.upper[at]!,
    lower: set.lower[at]!,
    side: set.side[at] === 1 ? 1 : -1,
    orientation: set.orientation[at] as -1 | 0 | 1,
    segment: set.segment[at]!,
  }
}

export function setRecursions({ sets }: CarriedState, at: number, { supertrends }: SeriesState): void {
  for (let i = 0; i < sets.length; i++) setRecursion(sets[i]!, at, supertrends[i]!)
}

function setRecursion(set: CarriedSet, at: number, state: SupertrendState): void {
  set.bars[at] = state.bars
  set.previousClose[at] = state.previousClose
  set.atr[at] = state.atr
  set.weight[at] = state.weight
  set.upper[at] = state.upper
  set.lower[at] = state.lower
  set.segment[at] = state.segment
  set.side[at] = state.side
  set.orientation[at] = state.orientation
}

/** Copies a series of another state with the same parameter sets. */
export function copySeries(from: CarriedState, index: number, to: CarriedState, at: number): void {
  to.times[at] = from.times[index]!
  to.units[at] = from.units[index]!
  to.absent[at] = from.absent[index]!
  for (let i = 0; i < to.sets.length; i++) setRecursion(to.sets[i]!, at, recursionAt(from.sets[i]!, index))
}
