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

/** @returns names of the rules that the table has, in its order */
export function rulesInTable(text: string): string[] {
  return rowsOf(text).map(nameOf)
}

function rowsOf(text: string): string[] {
  const section = text.split(`<!-- ${SECTION} -->`)[1]?.split('<!-- end -->')[0] ?? ''
  return section.split('\n').filter((line) => line.startsWith('| `'))
}

function nameOf(row: string): string {
  return /^\| `([^`]*)`/.exec(row)![1]!
}
