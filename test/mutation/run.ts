/**
 * `npm run test:mutants -- [FILE...]`: turns each comparison operator of the files in targets.ts into the others, one at a
 * time, and runs the tests that hold the file. Ends with 1 when they pass with one of them.
 */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutation, mutationsOf } from './operators.ts'
import { SourceCopy } from './source-copy.ts'
import { TARGETS, type Target } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
async function survivorsOf(
  file: string,
  mutations: readonly Mutation[],
  tests: readonly string[],
): Promise<Mutation[]> {
  const survivors: Mutation[] = []
  const left = [...mutations]
  const work = async () => {
    const copy = new SourceCopy()
    try {
      if (!(await copy.passes(file, readFileSync(path.join(root, file), 'utf8'), tests))) {
        throw new Error(`${tests.join(' and ')} fail without a mutation`)
      }
      for (let mutation = left.shift(); mutation; mutation = left.shift()) {
        if (await copy.passes(file, mutation.mutated, tests)) survivors.push(mutation)
      }
    } finally {
      copy.remove()
    }
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, work))
  return survivors.sort((a, b) => a.line - b.line)
}

/** @returns what is wrong */
async function problemsOf(file: string, { tests, equivalent }: Target): Promise<string[]> {
  const mutations = mutationsOf(readFileSync(path.join(root, file), 'utf8'))
  const survivors = await survivorsOf(file, mutations, tests)
  const isKnown = (mutation: Mutation) => equivalent.some(({ after }) => after === mutation.after)
  const unknown = survivors.filter((mutation) => !isKnown(mutation))
  const known = survivors.length - unknown.length
  console.log(
    `${file}: ${mutations.length} mutants, ${mutations.length - survivors.length} fail a test, ${known} change nothing, ${unknown.length} survive`,
  )
  return [
    ...unknown.map(({ line, before, after }) => `${file}:${line}: no test fails when "${before}" reads "${after}"`),
    ...equivalent
      .filter(({ after }) => !survivors.some((mutation) => mutation.after === after))
      .map(({ after }) => `${file}: "${after}" is listed as changing nothing, but is no surviving mutant`),
  ]
}

const { positionals } = parseArgs({ allowPositionals: true })
const files = positionals.length > 0 ? positionals : Object.keys(TARGETS)
for (const file of files) {
  const target = TARGETS[file]
  if (!target)
    throw new Error(`${file} is not in test/mutation/targets.ts; there are ${Object.keys(TARGETS).join(', ')}`)
  for (const problem of await problemsOf(file, target)) {
    console.error(problem)
    process.exitCode = 1
  }
}
