/**
 * The state of all series after a file, from which the next file continues. Columns of numbers rather than objects: a state of
 * 100,000 series is read and written whole for each file, and most of them only pass through.
 */

import type { SeriesState } from '../series-recursion.ts'
import type { SupertrendParameters, SupertrendState } from '../supertrend.ts'
import type { CarriedUnit } from './time-units.ts'

/** Units of carried times, in the order of their numbers in the state. */
export const CARRIED_UNITS = ['s', 'ms', 'us', 'ns', 'day'] as const satisfies readonly CarriedUnit[]

/** The fields of a recursion that are doubles, in the order of the state. */
const DOUBLES = ['bars', 'previousClose', 'atr', 'weight', 'upper', 'lower'] as const

/** The recursions of one parameter set, by series. */
interface CarriedSet {
  /** By field of a recursion, in the order of the state. */
  readonly doubles: readonly Float64Array[]
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
  return {
    doubles: DOUBLES.map(() => new Float64Array(series)),
    segment: new Int32Array(series),
    side: new Int8Array(series),
    orientation: new Int8Array(series),
  }
}

/** The recursions of a series, as objects that move on. Their time is set with the first bar. */
export function recursionsAt({ sets }: CarriedState, at: number): SeriesState {
  return { timeLow: 0, timeHigh: 0, supertrends: sets.map((set) => recursionAt(set, at)) }
}

function recursionAt({ doubles, segment, side, orientation }: CarriedSet, at: number): SupertrendState {
  const [bars, previousClose, atr, weight, upper, lower] = doubles.map((values) => values[at]!)
  return {
    bars: bars!,
    previousClose: previousClose!,
    atr: atr!,
    weight: weight!,
    upper: upper!,
    lower: lower!,
    side: side[at] === 1 ? 1 : -1,
    orientation: orientation[at] as -1 | 0 | 1,
    segment: segment[at]!,
  }
}

export function setRecursions({ sets }: CarriedState, at: number, { supertrends }: SeriesState): void {
  for (const [i, { doubles, segment, side, orientation }] of sets.entries()) {
    const state = supertrends[i]!
    for (const [field, name] of DOUBLES.entries()) doubles[field]![at] = state[name]
    segment[at] = state.segment
    side[at] = state.side
    orientation[at] = state.orientation
  }
}

/** Copies a series of another state with the same parameter sets. */
export function copySeries(from: CarriedState, index: number, to: CarriedState, at: number): void {
  to.times[at] = from.times[index]!
  to.units[at] = from.units[index]!
  to.absent[at] = from.absent[index]!
  for (const [i, set] of to.sets.entries()) {
    const of = from.sets[i]!
    for (const [field, values] of set.doubles.entries()) values[at] = of.doubles[field]![index]!
    set.segment[at] = of.segment[index]!
    set.side[at] = of.side[index]!
    set.orientation[at] = of.orientation[index]!
  }
}
