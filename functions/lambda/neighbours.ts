/**
 * The keys of a sequence around one of them, in both directions. A key is there if its input or its output is: the output of
 * a deleted input still hands on its state.
 *
 * S3 lists keys in ascending order only. So the keys before one are found by listing from a name that is a little smaller:
 * the digits of a name are taken for a number, as in dates and zero-padded numbers, and the last two of them are cut off.
 * In other folders, the keys before are listed from the first one on: one request for each 1000 of them.
 */
import { compareKeys } from '../shared/key-order.ts'
import { listPage } from '../storage/list-objects.ts'
import type { Place } from './objects.ts'

/** Digits that one step back cuts off: 100 keys of a folder with a file for each number. */
const DIGITS_PER_STEP = 2

/** Keys after which S3 is asked again. */
const FRESH_KEYS = 20

export interface SequencePlace extends Place {
  /** The common beginning of the keys of the inputs. */
  readonly inputs: string
  /** The same of the outputs. */
  readonly outputs: string
  /** Whether an input of this key is enriched at all. */
  isWanted(key: string): boolean
}

/** A part of a listing in key order. Names are keys without the common beginning. */
interface Listed {
  readonly names: readonly string[]
  /** Whether there are no names after these. */
  readonly isComplete: boolean
}

export class Neighbours {
  readonly #place: SequencePlace
  readonly #prefixes: readonly string[]
  /** The listed keys, by the key from which they were listed. */
  readonly #listed = new Map<string, readonly Listed[]>()

  constructor(place: SequencePlace) {
    this.#place = place
    this.#prefixes = [place.inputs, place.outputs]
  }

  /** @yields the keys before this one, the last one first */
  async *before(key: string): AsyncGenerator<string, undefined> {
    const end = this.#nameOf(key)
    let isBelow = (name: string) => compareKeys(name, end) < 0
    for (const start of [...startsBefore(end), undefined]) {
      const sides = await this.#listAll(start, isBelow)
      // what follows the nearest of these names is what `from` begins with
      const following = sides.map(({ after }) => after)
      if (!this.#listed.has(key)) this.#listed.set(key, following)
      yield* this.#keysOf(merged(sides.map(({ names }) => names)).reverse())
      if (start !== undefined) isBelow = (name) => compareKeys(name, start) <= 0
    }
    return undefined
  }

  /**
   * A key takes a while, and others may be uploaded meanwhile, so S3 is asked again after some keys: otherwise a file that comes
   * late would have all files after it enriched once more.
   * @yields this key, if it is there, and those after it, in their order
   */
  async *from(key: string): AsyncGenerator<string, undefined> {
    const name = this.#nameOf(key)
    const isBelow = (listed: string) => compareKeys(listed, name) < 0
    let sides = this.#listed.get(key) ?? (await this.#listAll(startAt(name), isBelow)).map(({ after }) => after)
    for (;;) {
      // beyond the end of a part that is not complete, the other part may have names that are not yet listed here
      const [end] = sides.flatMap(({ names, isComplete }) => (isComplete ? [] : [names.at(-1)!])).sort(compareKeys)
      const known = merged(sides.map(({ names }) => names)).filter(
        (each) => end === undefined || compareKeys(each, end) <= 0,
      )
      yield* this.#keysOf(known.slice(0, FRESH_KEYS))
      if (end === undefined && known.length <= FRESH_KEYS) return undefined
      const last = known.slice(0, FRESH_KEYS).at(-1)!
      sides = (await this.#listAll(last, () => false, FRESH_KEYS)).map(({ after }) => after)
    }
  }

  #listAll(start: string | undefined, isBelow: (name: string) => boolean, maxKeys?: number) {
    return Promise.all(this.#prefixes.map((prefix) => this.#listUntil(prefix, start, isBelow, maxKeys)))
  }

  /** Lists pages until one goes beyond the names that are asked for, or nothing follows. */
  async #listUntil(prefix: string, start: string | undefined, isBelow: (name: string) => boolean, maxKeys?: number) {
    const { s3, bucket, signal } = this.#place
    const names: string[] = []
    for (let startAfter = start === undefined ? undefined : prefix + start; ; ) {
      const { objects, isLast } = await listPage(s3, { bucket, prefix, startAfter, maxKeys }, signal)
      const listed = objects.map(({ key }) => key.slice(prefix.length))
      const at = listed.findIndex((name) => !isBelow(name))
      names.push(...(at < 0 ? listed : listed.slice(0, at)))
      if (isLast || at >= 0) {
        const after: Listed = { names: at < 0 ? [] : listed.slice(at), isComplete: isLast }
        return { names, after }
      }
      startAfter = objects.at(-1)!.key
    }
  }

  #nameOf(key: string): string {
    return key.slice(this.#place.inputs.length)
  }

  #keysOf(names: readonly string[]): string[] {
    return names.map((name) => this.#place.inputs + name).filter((key) => this.#place.isWanted(key))
  }
}

/** Joins lists of names, without those that are twice. */
function merged(sides: readonly (readonly string[])[]): string[] {
  return [...new Set(sides.flat())].sort(compareKeys)
}

/** The largest text that is shorter than a name and smaller than it: the name itself is listed after it. */
function startAt(name: string): string | undefined {
  return name === '' ? undefined : [...name].slice(0, -1).join('')
}

/** Names shortly before this one, the nearest first. */
function startsBefore(name: string): string[] {
  const digits = [...name.matchAll(/\d/g)].map(({ index }) => index)
  if (digits.length < DIGITS_PER_STEP) return []
  const starts = [name.slice(0, digits.at(-DIGITS_PER_STEP))]
  for (let count = digits.length - DIGITS_PER_STEP; count > 0; count -= DIGITS_PER_STEP) {
    const start = decremented(name.slice(0, digits[count - 1]! + 1))
    if (start !== undefined) starts.push(start)
  }
  return starts.filter((start) => start !== '')
}

/** The name with the number of all its digits one smaller, undefined if they are all 0. */
function decremented(name: string): string | undefined {
  const characters = [...name]
  for (let at = characters.length - 1; at >= 0; at--) {
    const character = characters[at]!
    if (!/\d/.test(character)) continue
    if (character !== '0') {
      characters[at] = String(Number(character) - 1)
      return characters.join('')
    }
    characters[at] = '9'
  }
  return undefined
}
