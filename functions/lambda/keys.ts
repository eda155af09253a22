/** The keys of everything that belongs to one input: pure functions of its key. */
import { createHash } from 'node:crypto'
import { CANARY_PREFIXES, type IgnoredCode } from '../shared/names.ts'
import type { FunctionSettings } from './function-settings.ts'

/** The settings for a key: those of the function, or fixed ones for the canary's keys. */
export function settingsFor(settings: FunctionSettings, key: string): FunctionSettings {
  if (!key.startsWith(CANARY_PREFIXES.all)) return settings
  // the canary's bars never change, so its settings must not depend on those of the market files
  const enrich = { ...settings.enrich, columns: {}, timeFormat: undefined, strict: false }
  const { input: inputPrefix, output: outputPrefix, failure: failurePrefix } = CANARY_PREFIXES
  const nothing = { chartPrefix: undefined, droppedPrefix: undefined, carry: undefined, perPrefix: [] }
  return { ...settings, ...nothing, inputPrefix, outputPrefix, failurePrefix, enrich }
}

export interface Keys {
  readonly input: string
  readonly output: string
  readonly report: string
  /** Undefined: not wanted. */
  readonly chart: string | undefined
  /** The file of the removed rows; undefined: not wanted. */
  readonly dropped: string | undefined
}

/** S3's limit. */
export const MAX_KEY_BYTES = 1024
/** 128 bits: nobody finds two names with one hash. */
const HASH_LENGTH = 32
const SHORTENED = new RegExp(`~[0-9a-f]{${HASH_LENGTH}}(\\.[^./]{1,16})?$`)
/** A shortened key is cut between characters, which take 4 bytes at most. */
const MIN_SHORTENED_BYTES = MAX_KEY_BYTES - 3

export function keysOf(settings: FunctionSettings, input: string): Keys {
  const name = input.slice(settings.inputPrefix.length)
  const under = (prefix: string, ending = '') => keyUnder(prefix, name, ending)
  return {
    input,
    output: under(settings.outputPrefix),
    report: under(settings.failurePrefix, '.json'),
    chart: settings.chartPrefix === undefined ? undefined : under(settings.chartPrefix, '.html'),
    dropped: settings.droppedPrefix === undefined ? undefined : under(settings.droppedPrefix),
  }
}

/**
 * Shortens a name that is too long, and appends a hash of the whole name, so that two names never get one key. Names that are
 * not shortened cannot have such a key: see `reasonToIgnore`.
 */
function keyUnder(prefix: string, name: string, ending: string): string {
  const key = `${prefix}${name}${ending}`
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return key
  const ownEnding = ending || (/\.[^./]{1,16}$/.exec(name)?.[0] ?? '')
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH)
  const tail = `~${hash}${ownEnding}`
  const room = MAX_KEY_BYTES - Buffer.byteLength(prefix) - Buffer.byteLength(tail)
  let [cut, bytes] = ['', 0]
  // cut between characters: half of one is not UTF-8
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > room) break
    cut += character
  }
  return `${prefix}${cut}${tail}`
}

/** Whether a key may end in the hash that stands for the end of a long name. */
export function isShortened(key: string): boolean {
  return SHORTENED.test(key) && Buffer.byteLength(key) >= MIN_SHORTENED_BYTES
}

/** @param suffixes in lower case; the name may be in any case */
export function hasSuffix(name: string, suffixes: readonly string[]): boolean {
  const lowerCase = name.toLowerCase()
  return suffixes.some((suffix) => lowerCase.endsWith(suffix))
}

/** The reason to ignore a key: a code that the metrics count, and a sentence. */
export interface ReasonToIgnore {
  readonly code: IgnoredCode
  readonly reason: string
}

/** @returns undefined when the function has to reconcile the key */
export function reasonToIgnore(settings: FunctionSettings, key: string): ReasonToIgnore | undefined {
  const { inputPrefix, suffixes } = settings
  if (!key.startsWith(inputPrefix)) {
    return { code: 'outside-prefix', reason: `the key does not begin with ${inputPrefix}` }
  }
  const name = key.slice(inputPrefix.length)
  if (!hasSuffix(name, suffixes)) {
    return { code: 'other-suffix', reason: `the key ends in none of ${suffixes.join(', ')}` }
  }
  // Spark, Hive and editors write other files beside the data: _temporary/, _delta_log/, .crc
  const hidden = name.split('/').find((segment) => /^[_.]/.test(segment))
  if (hidden !== undefined) {
    return { code: 'hidden', reason: `${hidden} begins with _ or ., which marks temporary files and metadata` }
  }
  const { output, dropped } = keysOf(settings, key)
  const taken = [output, dropped].find((own) => own?.endsWith(name) && isShortened(own))
  if (taken === undefined) return undefined
  return { code: 'reserved', reason: `${taken} is a key that may stand for a longer name` }
}
