/**
 * `npm run test:mutants -- [FILE...]`: turns each comparison operator of the files in targets.ts into the others, one at a
 * time, and runs the tests that hold the file. Ends with 1 when they pass with one of them.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutation, mutationsOf } from './operators.ts'
import { TARGETS, type Target } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** A mutant may never end. */
const LIMIT_MS = 10_000

/** A copy of the sources in which one file at a time is mutated. */
class Copy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-mutants-'))

  constructor() {
    for (const part of ['functions', 'test', 'package.json']) {
      cpSync(path.join(root, part), path.join(this.folder, part), { recursive: true })
    }
    mkdirSync(path.join(this.folder, 'node_modules'), { recursive: true })
    rmSync(path.join(this.folder, 'node_modules'), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'))
  }

  /** @returns whether all of the tests pass */
  async passes(file: string, source: string, tests: readonly string[]): Promise<boolean> {
    const original = readFileSync(path.join(root, file))
    writeFileSync(path.join(this.folder, file), source)
    try {
      for (const test of tests) if (!(await this.#passes(test))) return false
      return true
    } finally {
      writeFileSync(path.join(this.folder, file), original)
    }
  }

  #passes(test: string): Promise<boolean> {
    const child = spawn(process.execPath, [test], {
      cwd: this.folder,
      stdio: 'ignore',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code) => resolve(code === 0))
    })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

async function survivorsOf(
  file: string,
  mutations: readonly Mutation[],
  tests: readonly string[],
): Promise<Mutation[]> {
  const survivors: Mutation[] = []
  const left = [...mutations]
  const work = async () => {
    const copy = new Copy()
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
