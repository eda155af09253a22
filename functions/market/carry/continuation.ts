/** The series of a file that continue series of earlier files, while the file is computed. */

import { RefusedError } from '../../shared/errors.ts'
import type { CarriedTimes } from '../duplicates/carried-times.ts'
import type { RecursionState, SeriesState } from '../series-recursion.ts'
import type { SupertrendParameters } from '../supertrend.ts'
import { isBefore, wordsToBigInt } from '../times/time.ts'
import {
  CARRIED_UNITS,
  type CarriedState,
  copySeries,
  newCarriedState,
  recursionsAt,
  setRecursions,
} from './carried-state.ts'
import { keyValues, NULL_VALUE } from './series-key.ts'
import { type CarriedUnit, roundedTo } from './time-units.ts'

/** The file, as far as its series have to fit those of earlier files. */
export interface ContinuedFile {
  /** By symbol column, the type of its values. */
  readonly keyTypes: readonly string[]
  readonly times: { readonly unit: CarriedUnit }
}

export class Continuation implements CarriedTimes {
  readonly #previous: CarriedState
  readonly #file: ContinuedFile
  /** The types of the symbols in this file and in those before. */
  readonly #keyTypes: (string | null)[]
  /** Whether no further series can be of another type. */
  #areSameTypes = false
  #places: Map<string, number> | undefined
  /** By number of the series in this file. */
  readonly #keys: string[] = []
  /** The place of the same series in the state, -1 for a new one. */
  readonly #at: number[] = []
  /** Its last time in the unit of this file, as words. */
  readonly #last: (readonly [low: number, high: number] | undefined)[] = []

  /** @param previous the state after the file before; undefined for the first file of a sequence */
  constructor(previous: CarriedState | undefined, file: ContinuedFile, supertrends: readonly SupertrendParameters[]) {
    this.#previous = previous ?? newCarriedState(supertrends, [], [])
    this.#file = file
    const { keys, keyTypes } = this.#previous
    this.#keyTypes = keys.length > 0 ? [...keyTypes] : file.keyTypes.map(() => null)
    if (file.keyTypes.length === 0) this.add('')
  }

  /** The number of each series of this file, by its key. */
  numbers(): ReadonlyMap<string, number> {
    return new Map(this.#keys.map((key, number) => [key, number]))
  }

  /** The number of series that no file before has, or that were forgotten. */
  get newSeries(): number {
    return this.#at.filter((at) => at < 0).length
  }

  /** Whether no file before has a series, or it was forgotten. */
  isNew(series: number): boolean {
    return this.#at[series]! < 0
  }

  /**
   * To be called with each series of the file when it gets its number.
   * @throws RefusedError `state-settings` when the files distinguish series by different values
   */
  add(key: string): void {
    this.#checkTypes(key)
    this.#places ??= new Map(this.#previous.keys.map((key, at) => [key, at]))
    this.#keys.push(key)
    this.#at.push(this.#places.get(key) ?? -1)
  }

  #checkTypes(key: string): void {
    const { keyTypes } = this.#file
    const known = this.#keyTypes
    if (this.#areSameTypes) return
    if (known.length !== keyTypes.length) throw otherSeries(symbolColumns(known.length), symbolColumns(keyTypes.length))
    for (const [i, value] of keyValues(key).entries()) {
      if (value === NULL_VALUE || known[i] === keyTypes[i]) continue
      if (known[i] !== null) throw otherSeries(`symbols of the type ${known[i]}`, `symbols of the type ${keyTypes[i]}`)
      known[i] = keyTypes[i]!
    }
    this.#areSameTypes = known.every((type, i) => type === keyTypes[i])
  }

  /** The recursions from which a series of this file continues; undefined for a new one. */
  recursionsOf(series: number): SeriesState | undefined {
    const at = this.#at[series]!
    return at < 0 ? undefined : recursionsAt(this.#previous, at)
  }

  /** The last time of a series in earlier files, in the unit of this file; undefined for a new series. */
  lastTimeOf(series: number): bigint | undefined {
    const at = this.#at[series]!
    return at < 0 ? undefined : this.#timeAt(at)
  }

  isCarried(series: number, low: number, high: number): boolean {
    const at = this.#at[series]!
    if (at < 0) return false
    this.#last[series] ??= this.#wordsAt(at)
    const [lastLow, lastHigh] = this.#last[series]
    return !isBefore(lastLow, lastHigh, low, high)
  }

  #wordsAt(at: number): [low: number, high: number] {
    const time = this.#timeAt(at)
    return [Number(BigInt.asIntN(32, time)), Number(time >> 32n)]
  }

  #timeAt(at: number): bigint {
    const { times, units } = this.#previous
    return roundedTo(times[at]!, CARRIED_UNITS[units[at]!]!, this.#file.times.unit)
  }

  /**
   * The state after this file.
   * @param recursions after its last row
   * @param forgetAfter files without a series after which it is forgotten
   */
  after(recursions: RecursionState, forgetAfter = Number.POSITIVE_INFINITY): CarriedState {
    const previous = this.#previous
    const numbers = new Int32Array(previous.keys.length).fill(ABSENT)
    const added: number[] = []
    for (const [number, at] of this.#at.entries()) {
      if (at >= 0) numbers[at] = number
      else if (recursions.series[number]) added.push(number)
    }
    const isKept = (at: number) => numbers[at] !== ABSENT || previous.absent[at]! + 1 < forgetAfter
    const places = this.#merged(added, isKept)
    const keys = places.map((place) => (place < 0 ? this.#keys[-1 - place]! : previous.keys[place]!))
    const next = newCarriedState(previous.supertrends, keys.length > 0 ? this.#keyTypes : [], keys)
    const unit = CARRIED_UNITS.indexOf(this.#file.times.unit)
    for (const [at, place] of places.entries()) {
      const number = place < 0 ? -1 - place : numbers[place]!
      if (place >= 0) {
        copySeries(previous, place, next, at)
        if (forgetAfter < Number.POSITIVE_INFINITY) next.absent[at] = number === ABSENT ? next.absent[at]! + 1 : 0
      }
      const state = recursions.series[number]
      if (!state) continue
      setRecursions(next, at, state)
      next.times[at] = wordsToBigInt(state.timeLow, state.timeHigh)
      next.units[at] = unit
    }
    return next
  }

  /**
   * The order of the next state.
   * @param added numbers of new series
   * @returns places of carried series, and -1 - number for new ones
   */
  #merged(added: readonly number[], isKept: (place: number) => boolean): number[] {
    const { keys } = this.#previous
    const keyOf = (number: number) => this.#keys[number]!
    const sorted = added.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const places: number[] = []
    let at = 0
    for (const [place, key] of keys.entries()) {
      while (at < sorted.length && keyOf(sorted[at]!) < key) places.push(-1 - sorted[at++]!)
      if (isKept(place)) places.push(place)
    }
    for (; at < sorted.length; at++) places.push(-1 - sorted[at]!)
    return places
  }
}

/** The number of a carried series that this file does not have. */
const ABSENT = -1

function symbolColumns(count: number): string {
  return count === 0 ? 'no symbol column' : count === 1 ? 'one symbol column' : `${count} symbol columns`
}

function otherSeries(before: string, now: string): RefusedError {
  return new RefusedError(
    'state-settings',
    `the series of the file before are told apart by ${before}, those of this file by ${now}; write all files with the same symbol columns, or name them with --symbol-column (in the function: columns.symbol)`,
  )
}
