import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

const FILE = `
import { describe, it } from 'node:test'
describe('a suite', () => {
  it('a test', () => {
    setImmediate(async () => { await null; throw new Error('unforeseen') })
  })
})`

it('an error that nobody awaits fails its file in npm test', () => {
  const preload = new URL('./untracked-promises.js', import.meta.url).href
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--import', preload, '--test-reporter', 'tap', '--input-type', 'module', '--eval', FILE]
  const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stdout, /^ {4}ok 1 - a test$/m)
  assert.match(stdout, /"Error: unforeseen"/)
})
