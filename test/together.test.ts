import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ALONE, filesTogether, filesToStart } from './together.ts'

const root = path.resolve(import.meta.dirname, '..')

const started = filesToStart()
const shared = started.filter((file) => file.endsWith('/all.ts')).map((file) => filesTogether(path.posix.dirname(file)))

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

describe('npm test', () => {
  it('runs every test file once', () => {
    const lone = started.filter((file) => !file.endsWith('/all.ts'))
    const all = globSync('test/**/*.test.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
    assert.deepEqual([...lone, ...shared.flat()].sort(), all.sort())
  })

  it('runs alone what a file of a shared process may not have', () => {
    const kept = shared.flat().flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      return Object.entries(STAYS).flatMap(([what, pattern]) => (pattern.test(text) ? [`${file}: ${what}`] : []))
    })
    assert.deepEqual(kept, [])
  })

  it('names only files that would share a process, and a reason', () => {
    const folders = started.filter((file) => file.endsWith('/all.ts')).map((file) => path.posix.dirname(file))
    for (const [file, reason] of Object.entries(ALONE)) {
      assert.ok(
        folders.some((folder) => file.startsWith(`${folder}/`)),
        file,
      )
      assert.ok(started.includes(file) && reason !== '', file)
    }
  })
})
