/**
 * `npm run storm:rules -- [--seeds 2000] [--write] [RULE...]`: takes each rule of the commit protocol away, one at a time,
 * and prints how many storms it takes until one ends wrong. `--write` brings these rows up to date in
 * docs/decisions/commit-protocol.md. Ends with 1 if all of them end right without a rule, and nothing says why it stays.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { firstWrong } from './storm/rules/first-wrong.ts'
import { RULES } from './storm/rules/rules.ts'
import { rowOf, withRow } from './storm/rules/table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '2000' }, write: { type: 'boolean', default: false } },
})
const document = new URL('../../docs/decisions/commit-protocol.md', import.meta.url)

for (const name of positionals.length > 0 ? positionals : Object.keys(RULES)) {
  const found = await firstWrong(name, Number(values.seeds))
  if (!found && RULES[name]?.stays === undefined) process.exitCode = 1
  const row = rowOf(name, found, Number(values.seeds))
  console.log(row)
  // after each row: all of them take an hour
  if (values.write) writeFileSync(document, withRow(readFileSync(document, 'utf8'), row))
}
