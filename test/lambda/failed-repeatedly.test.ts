import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failedRepeatedly } from '../../functions/lambda/failed-repeatedly.ts'

describe('a file at which the function ended', () => {
  it('is refused after three attempts', () => {
    assert.deepEqual(
      [0, 2, 3, 4].map((attempts) => failedRepeatedly(attempts)?.code),
      [undefined, undefined, 'failed-repeatedly', 'failed-repeatedly'],
    )
  })
})
