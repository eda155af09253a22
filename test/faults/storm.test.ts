import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDocument } from '../readme/documents.ts'
import { RULES, sourceWithout } from './storm/rules/rules.ts'
import { rowOf, rowsInTable } from './storm/rules/table.ts'
import { storm } from './storm/storm.ts'

/** CI runs those after them with `npm run storm`. */
const SEEDS = 25

describe('an event storm', () => {
  it(`ends right with the seeds 1 to ${SEEDS}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { wrong } = await storm(seed)
      assert.deepEqual(wrong, [], `npm run storm -- --first ${seed} --seeds 1 --trace`)
    }
  })
})

const rows = rowsInTable(readDocument('docs/decisions/commit-protocol.md'))

describe('the rules that storms are run without', () => {
  it('are in the sources, each exactly once', () => {
    for (const rule of Object.values(RULES)) assert.notEqual(sourceWithout(rule), '')
  })

  it('are those of the table in docs/decisions/commit-protocol.md', () => {
    const inTable = rows.map(({ rule }) => rule)
    assert.deepEqual(inTable, Object.keys(RULES), 'npm run storm:rules -- --write RULE')
  })

  it('have their reason in the table where no storm ends wrong without them', () => {
    for (const { rule, row, wrongSeed, seeds } of rows) {
      if (wrongSeed === undefined) assert.equal(row, rowOf(rule, undefined, seeds))
    }
  })
})
