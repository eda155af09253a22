import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quickOrThorough } from '../thorough.ts'
import { SEQUENCE_RULES } from './sequence-storm/rules.ts'
import { sequenceStorm } from './sequence-storm/storm.ts'
import { sourceWithout } from './storm/rules/rules.ts'

// 100 take 13 s of processor time
const SEEDS = quickOrThorough(10, 500)
const SEEDS_PER_TEST = 10

describe('a storm of sequences', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    it(`ends with files that continue each other, with the seeds ${first} to ${first + SEEDS_PER_TEST - 1}`, async () => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
        const { wrong } = await sequenceStorm(seed)
        assert.deepEqual(wrong, [], `npm run storm:sequences -- --first ${seed} --seeds 1 --trace`)
      }
    })
  }
})

describe('the rules that storms of sequences are run without', () => {
  it('are in the sources, each exactly once', () => {
    for (const rule of Object.values(SEQUENCE_RULES)) assert.notEqual(sourceWithout(rule), '')
  })
})
