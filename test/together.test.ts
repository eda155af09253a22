import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ALONE, filesTogether, filesToStart, LONG_FILES, TEST_FILES, TOGETHER } from './together.ts'

const root = path.resolve(import.meta.dirname, '..')

const RUNS = { 'npm test': TEST_FILES, 'npm run test:long': LONG_FILES }

/** The files of each process that several of them share. */
const sharedOf = (files: readonly string[]) => Object.keys(TOGETHER).map((folder) => filesTogether(folder, files))

/** What a test file would leave behind in the process that it shares, or would see of the others. */
const STAYS: Readonly<Record<string, RegExp>> = {
  'a hook of all files of the process': /^(before|after|beforeEach|afterEach)\(/m,
  'an environment variable': /process\.env\S* = |delete process\.env|assign\(process\.env/,
  'another working folder': /\bchdir\(/,
  'a fake that its test does not take away': /(?<!context\.)\bmock\./,
  'a global': /\bglobalThis\.\w+ = /,
  'a listener of the process': /\bprocess\.(on|once)\(/,
  'the memory of the process': /\b(memoryUsage|resourceUsage)\b/,
  'the time that the process takes': /\bcpuUsage\b/,
  'a snapshot, which has the name of the file that Node starts': /\bassert\.(file)?[sS]napshot\(/,
}

for (const [name, files] of Object.entries(RUNS)) {
  describe(name, () => {
    it('runs every test file once', () => {
      const lone = filesToStart(files).filter((file) => !file.endsWith('/all.ts'))
      assert.deepEqual([...lone, ...sharedOf(files).flat()].sort(), files.toSorted())
    })

    it('runs alone what a file of a shared process may not have', () => {
      const kept = sharedOf(files)
        .flat()
        .flatMap((file) => {
          const text = readFileSync(path.join(root, file), 'utf8')
          return Object.entries(STAYS).flatMap(([what, pattern]) => (pattern.test(text) ? [`${file}: ${what}`] : []))
        })
      assert.deepEqual(kept, [])
    })
  })
}

describe('a test file', () => {
  it('is in one of the runs', () => {
    const all = globSync('test/**/*.{test,longtest}.ts', { cwd: root, exclude: ['**/node_modules/**'] })
    assert.deepEqual(
      [...new Set(Object.values(RUNS).flat())].sort(),
      all.map((file) => file.replaceAll('\\', '/')).sort(),
    )
  })

  it('is alone only where it would share a process, and with a reason', () => {
    const folders = Object.entries(TOGETHER).flat(2)
    for (const [file, reason] of Object.entries(ALONE)) {
      assert.ok(
        folders.some((folder) => file.startsWith(`${folder}/`)),
        file,
      )
      assert.ok(Object.values(RUNS).flat().includes(file) && reason !== '', file)
    }
  })
})
