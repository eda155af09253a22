/** The table of docs/mutants.md: with how many of the mutants of each file a test fails. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { replaceSection } from '../readme/sections.ts'

export const SCORES_PAGE = fileURLToPath(new URL('../../docs/mutants.md', import.meta.url))
const SECTION = 'npm run test:mutants -- --write'
const NOT_MEASURED = 'not measured'

export interface Score {
  readonly found: number
  readonly of: number
}

/** By file, the cells of its row. */
export function scoresIn(page: string): Map<string, readonly [comparisons: string, all: string]> {
  const rows = page.matchAll(/^\| `(functions\/\S+)` \| ([^|]+) \| ([^|]+) \|$/gm)
  return new Map([...rows].map(([, file, comparisons, all]) => [file!, [comparisons!, all!]]))
}

const cellOf = ({ found, of }: Score) => `${found} of ${of}`

/** @param all left out when only the comparisons were tested: what the table says of all stays */
export function withScore(page: string, file: string, comparisons: Score, all?: Score): string {
  const scores = scoresIn(page)
  scores.set(file, [cellOf(comparisons), all ? cellOf(all) : (scores.get(file)?.[1] ?? NOT_MEASURED)])
  const rows = [...scores]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, cells]) => `| \`${file}\` | ${cells.join(' | ')} |`)
  const head = ['| file | comparisons | all mutants |', '|---|---|---|']
  return replaceSection(page, SECTION, [...head, ...rows].join('\n'))
}

export function writeScore(file: string, comparisons: Score, all?: Score): void {
  writeFileSync(SCORES_PAGE, withScore(readFileSync(SCORES_PAGE, 'utf8'), file, comparisons, all))
}
