import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { peakMemoryMiB, resetPeakMemory } from '../../functions/shared/peak-memory.ts'

const MIB = 2 ** 20
const skip = process.platform === 'linux' ? false : 'only Linux can reset the peak'

describe('the peak of memory', { skip }, () => {
  it('is that of the time since it was reset', () => {
    resetPeakMemory()
    const before = peakMemoryMiB()
    const held = [Buffer.alloc(200 * MIB, 1)]
    const with200 = peakMemoryMiB()
    assert.ok(with200 >= before + 190, `${before} MiB, then ${with200} MiB`)
    held.pop()
    globalThis.gc?.()
    resetPeakMemory()
    // freed or not, what is resident now is the least that the peak can be
    assert.ok(peakMemoryMiB() <= Math.ceil(process.memoryUsage.rss() / MIB) + 5)
  })
})
