/** Where sources are made wrong on purpose, and tests run on them. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/**
 * A loop of a mutant may never end. The limit is processor time, since a busy machine must not end a test; the tests of
 * functions/market take at most 1 s of it, those of duplicates 3, others up to 8.
 */
function limitCpuSeconds(test: string): number {
  if (!test.startsWith('test/market/')) return 30
  return test.startsWith('test/market/duplicates/') ? 9 : 3
}

/** A mutant may also wait for what never comes. */
const HANG_MS = 600_000

/** A copy of the sources in which one file at a time is mutated. */
export class SourceCopy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-mutants-'))

  constructor() {
    for (const part of ['functions', 'lib', 'bin', 'docs', 'test', 'package.json', 'cdk.json']) {
      cpSync(path.join(root, part), path.join(this.folder, part), { recursive: true })
    }
    process.once('exit', () => this.remove())
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'))
  }

  /** As it was copied: the sources may be edited during the hour that a run takes. */
  original(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8')
  }

  /** @returns whether all of the tests pass; after one that fails, none is run */
  async passes(file: string, source: string, tests: readonly string[]): Promise<boolean> {
    const original = this.original(file)
    writeFileSync(path.join(this.folder, file), source)
    try {
      for (const test of tests) if (!(await this.#passes(test))) return false
      return true
    } finally {
      writeFileSync(path.join(this.folder, file), original)
    }
  }

  #passes(test: string): Promise<boolean> {
    const limited = `ulimit -t ${limitCpuSeconds(test)}; exec "$0" "$@"`
    // a cache within the copy goes with it
    const env = { ...process.env, NODE_COMPILE_CACHE: path.join(this.folder, 'compiled'), TMPDIR: this.folder }
    const isProperty = this.original(test).includes("from 'fast-check'")
    const imports = ['./test/untracked-promises.js', ...(isProperty ? ['./test/mutation/no-shrinking.js'] : [])]
    const options = [...imports.map((file) => `--import=${file}`), '--test-reporter=tap']
    const child = spawn('sh', ['-c', limited, process.execPath, ...options, test], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: HANG_MS,
      killSignal: 'SIGKILL',
    })
    let line = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      line += text
      // one test that fails is enough; the tests after it may take seconds
      if (/^ *not ok /m.test(line)) child.kill('SIGKILL')
      line = line.slice(line.lastIndexOf('\n') + 1)
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code) => resolve(code === 0))
    })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
