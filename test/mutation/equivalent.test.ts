import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EQUIVALENT } from './equivalent.ts'
import { mutationsOf } from './operators.ts'
import { targetsIn } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

// `npm run test:mutants` compares the lists too, but takes an hour: a line that is renamed would lose its excuse until then
describe('a mutant that is listed as changing nothing', () => {
  const targets = new Map(targetsIn(['functions']).map((target) => [target.file, target]))
  for (const [file, equivalents] of Object.entries(EQUIVALENT)) {
    it(`is a mutant of ${file}, which is a target`, () => {
      assert.ok(targets.has(file))
      const mutants = new Set(mutationsOf(readFileSync(`${root}${file}`, 'utf8')).map(({ after }) => after))
      assert.deepEqual(
        equivalents.map(({ after }) => after).filter((after) => !mutants.has(after)),
        [],
      )
    })
  }
})
