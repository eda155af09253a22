import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SEQUENCE_RULES } from './sequence-storm/rules.ts'
import { sequenceStorm } from './sequence-storm/storm.ts'
import { sourceWithout } from './storm/rules/rules.ts'

/** CI runs those after them with `npm run storm:sequences`. */
const SEEDS = 6

describe('a storm of sequences', () => {
  it(`ends with files that continue each other, with the seeds 1 to ${SEEDS}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { wrong } = await sequenceStorm(seed)
      assert.deepEqual(wrong, [], `npm run storm:sequences -- --first ${seed} --seeds 1 --trace`)
    }
  })
})

describe('the rules that storms of sequences are run without', () => {
  it('are in the sources, each exactly once', () => {
    for (const rule of Object.values(SEQUENCE_RULES)) assert.notEqual(sourceWithout(rule), '')
  })
})
