import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL('../bin/typedoc', import.meta.resolve('typedoc')))

it('every exported type, option and method of the library is documented, and every link has a target', () => {
  // warnings count as errors
  const args = [program, '--options', path.join(folder, 'typedoc.json'), '--emit', 'none']
  assert.equal(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }), '')
})
