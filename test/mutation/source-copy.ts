/** Where sources are made wrong on purpose, and tests run on them. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** A mutant may never end. */
const LIMIT_MS = 120_000

/** A copy of the sources in which one file at a time is mutated. */
export class SourceCopy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-mutants-'))

  constructor() {
    for (const part of ['functions', 'lib', 'bin', 'test', 'package.json', 'cdk.json']) {
      cpSync(path.join(root, part), path.join(this.folder, part), { recursive: true })
    }
    mkdirSync(path.join(this.folder, 'node_modules'), { recursive: true })
    rmSync(path.join(this.folder, 'node_modules'), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'))
  }

  original(file: string): string {
    return readFileSync(path.join(root, file), 'utf8')
  }

  /** @returns whether all of the tests pass */
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
