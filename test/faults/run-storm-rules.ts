/**
 * `npm run storm:rules -- [--seeds 5000] [RULE...]`: takes each rule of the commit protocol away, one at a time, and prints
 * how many storms it takes until one ends wrong. Ends with 1 if all of them end right without a rule.
 */
import { execFile } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { RULES } from './storm/rules.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '5000' } },
})
const program = fileURLToPath(new URL('run-storms.ts', import.meta.url))

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

console.log('| without | seeds | what ends wrong first |\n|---|---|---|')
const left = positionals.length > 0 ? positionals : Object.keys(RULES)
const rows = new Map<string, string>()
const order = [...left]
const work = async () => {
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const found = await firstWrong(name)
    if (!found) process.exitCode = 1
    rows.set(
      name,
      `| \`${name}\`: ${RULES[name]?.what} | ${found?.seed ?? `> ${values.seeds}`} | ${found?.problem ?? ''} |`,
    )
    // in their order, as soon as they are there
    for (let next = order[0]; next !== undefined && rows.has(next); next = order[0])
      console.log(rows.get(order.shift()!))
  }
}
await Promise.all(Array.from({ length: Math.ceil(os.availableParallelism() / 2) }, work))
