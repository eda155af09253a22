import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { givenSource } from '../../functions/shared/given-source.ts'

describe('the bytes of a file', () => {
  const source = { byteLength: 3, slice: async () => new Uint8Array(3) }

  it('are a Uint8Array, or an object that reads', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const given = givenSource(bytes, 'input')
    assert.equal(given.byteLength, 3)
    assert.deepEqual(await given.slice(1, 3), Uint8Array.of(2, 3))
    assert.equal(givenSource(source, 'input'), source)
  })

  it('are nothing else, and the message says what was given', () => {
    const allowed = 'allowed is a Uint8Array with the bytes of a file, or an object { byteLength, slice(start, end) }'
    for (const [value, what] of [
      [null, 'null'],
      [undefined, 'undefined'],
      [3, 'a number'],
      [{}, 'an object (Object)'],
      [Object.create(null), 'an object (Object)'],
      [[1], 'an object (Array)'],
      [new ArrayBuffer(3), 'an object (ArrayBuffer)'],
      [new SharedArrayBuffer(3), 'an object (SharedArrayBuffer)'],
      [new DataView(new ArrayBuffer(3)), 'an object (DataView)'],
      [new Int8Array(3), 'an object (Int8Array)'],
      [{ ...source, byteLength: '3' }, 'an object (Object)'],
      [{ ...source, slice: 3 }, 'an object (Object)'],
    ] as const) {
      assert.throws(() => givenSource(value as unknown as Uint8Array, 'input'), {
        name: 'TypeError',
        message: `input is ${what}; ${allowed}`,
      })
    }
    assert.throws(() => givenSource('a.parquet' as unknown as Uint8Array, 'input'), {
      message: `input is a string; ${allowed}; read the file first, for example with readFile of node:fs/promises`,
    })
  })
})
