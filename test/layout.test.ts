import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { targetsIn } from './mutation/targets.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const exists = (name: string) => existsSync(path.join(root, name))
const testFiles = globSync('test/*/**/*.test.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .sort()

/** Folders of tests that go through many source files; CONTRIBUTING.md says what each of them is for. */
const KINDS = [
  'faults',
  'features',
  'golden',
  'laws',
  'github',
  'output-bytes',
  'package',
  'policies',
  'readme',
  'reference',
]
/** Tests of the stack as a whole. */
const OF_THE_STACK = ['alarm-table', 'cost-at-rest', 'nag', 'operations', 'snapshot', 'upgrades'].map(
  (name) => `test/lib/${name}.test.ts`,
)

/** Whether there is a source file or folder of that name, or a part of the tests that has a test itself. */
function mirrors(file: string): boolean {
  const name = file.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  const places = [`functions/${name}`, name, `test/${name}`]
  return places.some((place) => exists(place) || exists(`${place}.ts`) || exists(`${place}.js`))
}

describe('a test file', () => {
  it('has the path of the file that it tests, or is in the folder of its kind', () => {
    const isOfAKind = (file: string) => KINDS.some((kind) => file.startsWith(`test/${kind}/`))
    const others = testFiles.filter((file) => !isOfAKind(file) && !OF_THE_STACK.includes(file) && !mirrors(file))
    assert.deepEqual(others, [])
  })

  it('is there when the list of the mutants names it', () => {
    const named = targetsIn(['functions']).flatMap(({ tests }) => tests)
    assert.ok(named.length > 30, `${named.length} names`)
    assert.deepEqual(
      named.filter((name) => !exists(name)),
      [],
    )
  })
})
