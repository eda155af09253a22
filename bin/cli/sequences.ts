/** The sequences that the files of one call form: each file continues the one before in key order, that of S3. */
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { folderPattern } from '../../functions/shared/folder-pattern.ts'
import { compareKeys } from '../../functions/shared/key-order.ts'

export interface NamedFile {
  readonly name: string
}

/**
 * Puts files in key order, by sequence.
 * @param within pattern of the folders that are a sequence each, such as `data/*`; undefined for one sequence of all files
 * @throws RefusedError `settings` when a file is in none of the folders
 */
export function sequencesOf<T extends NamedFile>(files: readonly T[], within: string | undefined): T[][] {
  const folder = within === undefined ? undefined : folderPattern(comparedName({ name: within.replace(/[\\/]*$/, '') }))
  const sequences = new Map<string, T[]>()
  for (const file of files) {
    const key = folder ? folder.exec(comparedName(file))?.[0] : ''
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
