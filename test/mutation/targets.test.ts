import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mutationsOf } from './operators.ts'
import { PATTERNS, targetsIn } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const filesOf = (pattern: string) => globSync(pattern, { cwd: root })

/** `{a,b}.ts` as `a.ts` and `b.ts`, so that a file that was renamed is missed. */
function namesOf(pattern: string): string[] {
  const [, before, names, after] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [undefined, pattern, '', '']
  return names!.split(',').map((name) => `${before}${name}${after}`)
}

describe('the files that are mutated', () => {
  it('exist, and so do the tests that hold them', () => {
    const names = PATTERNS.flatMap(([pattern, tests]) => [...namesOf(pattern), ...tests])
    assert.deepEqual(
      names.filter((name) => filesOf(name).length === 0),
      [],
    )
  })

  it('are those of the market rules and of sequences, all of which are held', () => {
    const held = new Set(targetsIn([]).map(({ file }) => file))
    const hasComparison = (file: string) =>
      mutationsOf(readFileSync(`${root}${file}`, 'utf8')).some(({ kind }) => kind === 'comparison')
    const files = filesOf('functions/{market,enrich/carry}/**/*.ts')
    assert.ok(files.length > 60, `${files.length} files`)
    assert.deepEqual(
      files.filter((file) => !held.has(file) && hasComparison(file)),
      [],
    )
  })
})
