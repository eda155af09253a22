import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quickOrThorough } from '../thorough.ts'
import { storm } from './storm/storm.ts'

// 500 take 25 s of processor time
const SEEDS = quickOrThorough(100, 500)
const SEEDS_PER_TEST = 100

describe('an event storm', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    it(`ends right with the seeds ${first} to ${first + SEEDS_PER_TEST - 1}`, async () => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
        const { wrong } = await storm(seed)
        assert.deepEqual(wrong, [], `npm run storm -- --first ${seed} --seeds 1 --trace`)
      }
    })
  }
})
