/** The table of rules in docs/decisions/commit-protocol.md. */
import { replaceSection } from '../../../readme/sections.ts'
import { RULES } from './rules.ts'

const SECTION = 'npm run storm:rules -- --write'
const HEAD = ['| rule | seeds | what ends wrong first, or why the rule is there |', '|---|---|---|']

/**
 * @param found the first storm that ends wrong without the rule
 * @param seeds how many were tried
 */
export function rowOf(
  name: string,
  found: { readonly seed: number; readonly problem: string } | undefined,
  seeds: number,
): string {
  const rule = RULES[name]!
  // the reports of a storm name ETags
  const problem = found?.problem.replace(/\b[0-9a-f]{32}\b/g, 'ETAG')
  const count = found ? found.seed.toLocaleString('en') : `> ${seeds.toLocaleString('en')}`
  return `| \`${name}\`: ${rule.what} | ${count} | ${problem ?? rule.stays ?? 'open: more storms are needed'} |`
}

/** @returns the document with this row in the place of the one of the same rule; rows are in the order of the rules */
export function withRow(text: string, row: string): string {
  const rows = new Map([...rowsOf(text), row].map((line) => [nameOf(line), line]))
  const ordered = Object.keys(RULES).flatMap((name) => rows.get(name) ?? [])
  return replaceSection(text, SECTION, ['', ...HEAD, ...ordered, ''].join('\n'))
}

export interface TableRow {
  readonly rule: string
  readonly row: string
  /** The storm that ends wrong without the rule; undefined when none was found. */
  readonly wrongSeed: number | undefined
  /** How many storms were tried, or as many as it took. */
  readonly seeds: number
}

/** @returns the rows of the table, in its order */
export function rowsInTable(text: string): TableRow[] {
  return rowsOf(text).map((row) => {
    const [, isMore, count] = /\| (> )?([\d,]+) \|/.exec(row)!
    const seeds = Number(count!.replaceAll(',', ''))
    return { rule: nameOf(row), row, wrongSeed: isMore ? undefined : seeds, seeds }
  })
}

function rowsOf(text: string): string[] {
  const section = text.split(`<!-- ${SECTION} -->`)[1]?.split('<!-- end -->')[0] ?? ''
  return section.split('\n').filter((line) => line.startsWith('| `'))
}

function nameOf(row: string): string {
  return /^\| `([^`]*)`/.exec(row)![1]!
}
