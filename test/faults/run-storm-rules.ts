/**
 * `npm run storm:rules -- [--seeds 2000] [--write] [RULE...]`: takes each rule of the commit protocol away, one at a time,
 * and prints how many storms it takes until one ends wrong. `--write` brings these rows up to date in
 * docs/decisions/commit-protocol.md. Ends with 1 if all of them end right without a rule, and nothing says why it stays.
 */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { RULES } from './storm/rules/rules.ts'
import { rowOf, withRow } from './storm/rules/table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '2000' }, write: { type: 'boolean', default: false } },
})
const program = fileURLToPath(new URL('run-storms.ts', import.meta.url))
const document = new URL('../../docs/decisions/commit-protocol.md', import.meta.url)

/** @returns what the first storm that ends wrong says */
function firstWrong(name: string): Promise<{ seed: number; problem: string } | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<{ seed: number; problem: string } | undefined>()
  execFile(process.execPath, [program, '--seeds', values.seeds, '--without', name], (error, stdout, stderr) => {
    const [, seed, problem] = /^seed (\d+): (?:incoming\/\S+ \S+: )?([^;\n]*)/m.exec(stdout) ?? []
    if (seed !== undefined) resolve({ seed: Number(seed), problem: problem! })
    else if (error) reject(new Error(stderr))
    else resolve(undefined)
  })
  return promise
}

for (const name of positionals.length > 0 ? positionals : Object.keys(RULES)) {
  const found = await firstWrong(name)
  if (!found && RULES[name]?.stays === undefined) process.exitCode = 1
  const row = rowOf(name, found, Number(values.seeds))
  console.log(row)
  // after each row: all of them take an hour
  if (values.write) writeFileSync(document, withRow(readFileSync(document, 'utf8'), row))
}
