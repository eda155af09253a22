import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processTiming } from '../../functions/lambda/timing.ts'

describe('the watch', () => {
  it('says that a process computed', () => {
    const wasAtWork = processTiming.startWatch()
    // on a machine with other work it gets its share of the processor only after a while
    for (const end = performance.now() + 20_000; !wasAtWork() && performance.now() < end; );
    assert.equal(wasAtWork(), true)
  })

  it('says that a process only waited', () => {
    const wasAtWorkWhileWaiting = () => {
      const wasAtWork = processTiming.startWatch()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
      return wasAtWork()
    }
    // V8's threads may compile what other tests have made hot, for a while
    assert.equal(Array.from({ length: 10 }).every(wasAtWorkWhileWaiting), false)
  })
})

describe('a time limit', () => {
  it('of no time is over from the start, others are not', () => {
    assert.deepEqual(
      [0, 60_000].map((ms) => processTiming.after(ms).aborted),
      [true, false],
    )
  })
})
