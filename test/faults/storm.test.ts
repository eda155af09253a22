import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { storm } from './storm.ts'

describe('an event storm', () => {
  for (const [seed, keys, versioned] of [
    [1, 80, false],
    [2, 40, true],
  ] as const) {
    it(`of ${keys} keys ends with the newest version of each (seed ${seed}${versioned ? ', with versions' : ''})`, async () => {
      const { invocations, killed } = await storm({ seed, keys, versioned })
      assert.ok(invocations > 2 * keys && killed > keys / 20)
    })
  }
})
