import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import os from 'node:os'
import { describe, it } from 'node:test'
import { PageStore } from '../../../functions/parquet/write/page-store.ts'

describe('stored pages', () => {
  it('come back as they were, in memory or not, in any order, and leave no file', () => {
    const left = () => readdirSync(os.tmpdir()).filter((name) => name.endsWith('.pages'))
    const before = left()
    const store = new PageStore()
    const pages = Array.from({ length: 40 }, (_, i) => new Uint8Array(1_000_000 + i).fill(i))
    const stored = pages.map((page) => store.put(page))
    assert.deepEqual(left(), before)
    for (const i of [39, 0, 20, 16, 17, 20]) {
      assert.equal(stored[i]!.length, pages[i]!.length)
      assert.ok(Buffer.compare(stored[i]!.bytes(), pages[i]!) === 0)
    }
    store.close()
    assert.throws(() => stored[39]!.bytes())
  })
})
