import assert from 'node:assert/strict'
import fs, { readdirSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { describe, it } from 'node:test'
import { PageStore } from '../../functions/shared/page-store.ts'

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

  it('stay in memory up to the limit, as long as each fits', () => {
    const store = new PageStore({ what: 'pages', remedy: 'none', heldBytes: 10 })
    const page = (length: number) => new Uint8Array(length).fill(length)
    const pages = [6, 5, 3, 0, 1, 1].map(page)
    const stored = pages.map((bytes) => store.put(bytes))
    assert.deepEqual(
      // one in a file is read into another array each time
      stored.map((each) => new Set([each.bytes(), each.bytes()].map(({ buffer }) => buffer)).size === 1),
      [true, false, true, true, true, false],
    )
    assert.deepEqual(
      stored.map((each) => [...each.bytes()]),
      pages.map((bytes) => [...bytes]),
    )
    assert.deepEqual(
      stored.map(({ length }) => length),
      [6, 5, 3, 0, 1, 1],
    )
    store.close()
    assert.throws(() => stored[1]!.bytes())
    assert.deepEqual(stored[0]!.bytes(), pages[0])
    // a second time there is nothing to close
    store.close()
  })

  it('are too big when the disk is full, and any other error is passed on', (context) => {
    const written = new PageStore({ what: 'the pages', remedy: 'allow more space', heldBytes: 0 })
    written.put(new Uint8Array(7))
    let code = 'EIO'
    context.mock.method(fs, 'writeSync', () => {
      throw Object.assign(new Error(`no more: ${code}`), { code })
    })
    syncBuiltinESMExports()
    try {
      assert.throws(() => written.put(new Uint8Array(5)), { name: 'Error', message: 'no more: EIO' })
      for (code of ['ENOSPC', 'EDQUOT']) {
        assert.throws(() => written.put(new Uint8Array(5)), {
          code: 'too-big',
          message: 'the pages take more than the 7 bytes that are free for temporary files; allow more space',
        })
      }
    } finally {
      context.mock.restoreAll()
      syncBuiltinESMExports()
    }
    assert.deepEqual([...written.put(Uint8Array.of(1, 2)).bytes()], [1, 2])
    written.close()
  })
})
