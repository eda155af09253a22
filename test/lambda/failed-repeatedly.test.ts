import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failedRepeatedly } from '../../functions/lambda/failed-repeatedly.ts'

const FIRST = Date.UTC(2024, 0, 31)

describe('a file at which the function ended', () => {
  const isRefused = (fewestReceives: number, firstReceived: number, lastModified: number | undefined) => {
    const uploaded = lastModified === undefined ? undefined : new Date(lastModified)
    return failedRepeatedly({ fewestReceives, firstReceived }, { lastModified: uploaded })?.code === 'failed-repeatedly'
  }

  it('is refused after three receives', () => {
    for (const uploaded of [FIRST - 1, FIRST]) {
      assert.deepEqual(
        [1, 3, 4, 5].map((receives) => isRefused(receives, FIRST, uploaded)),
        [false, false, true, true],
      )
    }
  })

  it('has three receives of its own when it was uploaded after the first one', () => {
    assert.deepEqual(
      [4, 6, 7].map((receives) => isRefused(receives, FIRST, FIRST + 1)),
      [false, false, true],
    )
    assert.deepEqual(
      [4, 6, 7].map((receives) => isRefused(receives, 1, FIRST)),
      [false, false, true],
    )
  })

  it('is as old as the message where one of the two times is not known', () => {
    assert.deepEqual([isRefused(3, 0, FIRST), isRefused(4, 0, FIRST)], [false, true])
    assert.deepEqual([isRefused(3, FIRST, undefined), isRefused(4, FIRST, undefined)], [false, true])
  })
})
