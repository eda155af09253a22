import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { SCORES_PAGE, scoresIn, withScore } from './scores.ts'
import { targetsIn } from './targets.ts'

const page = readFileSync(SCORES_PAGE, 'utf8')
const file = 'functions/market/prices.ts'

describe('the table of the shares of mutants that a test finds', () => {
  it('has files that are targets', () => {
    const targets = new Set(targetsIn(['functions']).map((target) => target.file))
    assert.deepEqual(
      [...scoresIn(page).keys()].filter((file) => !targets.has(file)),
      [],
    )
  })

  it('gets the row of a file, in the order of their names', () => {
    const once = withScore(page, file, { found: 7, of: 8 }, { found: 17, of: 20 })
    assert.deepEqual(scoresIn(once).get(file), ['7 of 8', '17 of 20'])
    assert.deepEqual([...scoresIn(once).keys()], [...new Set([...scoresIn(page).keys(), file])].toSorted())
  })

  it('keeps the share of all when only the comparisons were tested', () => {
    const before = withScore(page, file, { found: 7, of: 8 }, { found: 17, of: 20 })
    assert.deepEqual(scoresIn(withScore(before, file, { found: 8, of: 8 })).get(file), ['8 of 8', '17 of 20'])
    const other = withScore(page, 'functions/other.ts', { found: 1, of: 1 })
    assert.deepEqual(scoresIn(other).get('functions/other.ts'), ['1 of 1', 'not measured'])
  })
})
