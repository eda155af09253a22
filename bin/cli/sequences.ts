/** The sequences that the files of one call form: each file continues the one before in key order, that of S3. */

import { SYMBOL_NAMES, VENUE_NAMES } from '../../functions/market/known-names.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { folderPattern } from '../../functions/shared/folder-pattern.ts'
import { compareKeys } from '../../functions/shared/key-order.ts'

export interface NamedFile {
  readonly name: string
}

/**
 * Puts files in key order, by sequence.
 * @param within pattern of the folders that are a sequence each, such as `data/*`; undefined for one sequence of all files
 * @param hive names of parts of the paths, such as `symbol` in `symbol=AAPL/1.parquet`, whose values are a sequence each
 * @throws RefusedError `settings` when a file is in none of the folders, or its path lacks a part
 */
export function sequencesOf<T extends NamedFile>(
  files: readonly T[],
  within: string | undefined,
  hive: readonly string[] = [],
): T[][] {
  const folder = within === undefined ? undefined : folderPattern(comparedName({ name: within.replace(/[\\/]*$/, '') }))
  const sequences = new Map<string, T[]>()
  for (const file of files) {
    const key = hive.length > 0 ? hiveKey(file, hive) : folder ? folder.exec(comparedName(file))?.[0] : ''
    if (key === undefined) {
      throw new RefusedError(
        'settings',
        `${quoted(file.name)} is in none of the folders of --carry-within ${quoted(within!)}; allowed is a pattern such as 'data/*/', each of whose folders is a sequence`,
      )
    }
    const sequence = sequences.get(key) ?? []
    sequences.set(key, sequence)
    sequence.push(file)
  }
  return [...sequences.values()].map((sequence) =>
    sequence.toSorted((a, b) => compareKeys(comparedName(a), comparedName(b))),
  )
}

function hiveKey(file: NamedFile, hive: readonly string[]): string {
  return hiveParts(file, hive).join('/')
}

/**
 * The symbol that the path of a file states, such as AAPL for `data/symbol=AAPL/1.parquet`.
 * @param hive names of the parts of the path that make the symbol; none for none
 * @throws RefusedError `settings` when the folders of the file lack one of the names
 */
export function hiveSymbol(name: string, hive: readonly string[]): string | undefined {
  if (hive.length === 0) return undefined
  return hiveParts({ name }, hive)
    .map((part) => unescapedPart(part.slice(part.indexOf('=') + 1)))
    .join(' ')
}

/** Hive and Spark write characters that a folder cannot have as %3A. */
function unescapedPart(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** @throws RefusedError `settings` when the folders of a file lack one of the names */
function hiveParts(file: NamedFile, hive: readonly string[]): string[] {
  const folders = comparedName(file).split('/').slice(0, -1)
  const values = hive.map((name) => folders.findLast((folder) => folder.startsWith(`${name}=`)))
  const missing = values.indexOf(undefined)
  if (missing < 0) return values.map((value) => value!)
  throw new RefusedError(
    'settings',
    `${quoted(file.name)} is in no folder ${quoted(`${hive[missing]}=...`)}; allowed with --hive are names that each path has, such as symbol in data/symbol=AAPL/1.parquet`,
  )
}

/** The names of `--hive`. @throws RefusedError `settings` */
export function hiveNames(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const names = text.split(',')
  if (names.every((name) => name !== '' && !/[=/\\]/.test(name))) return names
  throw new RefusedError(
    'settings',
    `--hive is ${quoted(text)}; allowed are names of folders before the =, such as symbol,venue`,
  )
}

function comparedName({ name }: NamedFile): string {
  return name.replaceAll('\\', '/').replace(/^\.\//, '')
}

/**
 * Names whose numbers are out of order because they are not padded with zeros, such as 2024-1-10 before 2024-1-2.
 * @param names in key order
 * @returns the first such pair
 */
export function unpaddedNames(names: readonly string[]): readonly [before: string, after: string] | undefined {
  for (let i = 1; i < names.length; i++) {
    const [before, after] = [names[i - 1]!, names[i]!]
    if (isNumberedLater(before, after)) return [before, after]
  }
  return undefined
}

/** Parts of a path that are times, such as `2024`, `2024-01-02`, `2024Q1` and `month=01`. */
const TIME_PART = /^(?:(?<name>[a-z_]+)=)?[qwhmdtz_.:-]?\d[\dqwhmdtz_.:-]*$/i
const SERIES_PARTS = [...SYMBOL_NAMES, ...VENUE_NAMES]

/**
 * Folders that look like those of different series: where two files that follow one another are in different folders, the
 * names of these are no times.
 * @param names in key order
 * @returns the first such pair
 */
export function foldersOfSeries(names: readonly string[]): readonly [before: string, after: string] | undefined {
  for (let i = 1; i < names.length; i++) {
    const [before, after] = [names[i - 1]!, names[i]!].map((name) => comparedName({ name }).split('/').slice(0, -1))
    const other = before!.findIndex((part, depth) => after![depth] !== part)
    const pair = [before![other], after![other]] as const
    if (pair[0] !== undefined && pair[1] !== undefined && !pair.every(isTimePart)) return [pair[0], pair[1]]
  }
  return undefined
}

function isTimePart(part: string | undefined): boolean {
  const found = TIME_PART.exec(part ?? '')
  return found !== null && !SERIES_PARTS.includes(found.groups!.name?.toLowerCase() ?? '')
}

/** Whether the first number that differs is larger in the first name. */
function isNumberedLater(first: string, second: string): boolean {
  const [ours, theirs] = [first, second].map((name) => name.split(/(\d+)/))
  for (let i = 0; i < Math.min(ours!.length, theirs!.length); i++) {
    const [one, other] = [ours![i]!, theirs![i]!]
    if (one === other) continue
    // every second part is a number
    return i % 2 === 1 && BigInt(one) > BigInt(other)
  }
  return false
}
