/** Storms without a rule, each rule in a process of its own: what is loaded once keeps the rule. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../run-storms.ts', import.meta.url))

export interface Wrong {
  readonly seed: number
  readonly problem: string
}

/** @returns what the first storm that ends wrong says; undefined when each of these seeds ends right without the rule */
export function firstWrong(rule: string, seeds: number, first = 1): Promise<Wrong | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Wrong | undefined>()
  const options = ['--first', String(first), '--seeds', String(seeds), '--without', rule]
  execFile(process.execPath, [program, ...options], (error, stdout, stderr) => {
    const [, seed, problem] = /^seed (\d+): (?:incoming\/\S+ \S+: )?([^;\n]*)/m.exec(stdout) ?? []
    if (seed !== undefined) resolve({ seed: Number(seed), problem: problem! })
    else if (error) reject(new Error(stderr))
    else resolve(undefined)
  })
  return promise
}
