import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { coalesced } from '../../../functions/parquet/read/coalesced-source.ts'
import { random } from '../../parquet-files.ts'

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 9)) & 255)

function counted() {
  const asked: number[] = []
  const slice = async (start: number, end: number) => {
    asked.push(end - start)
    return bytes.slice(start, end)
  }
  return { asked, source: coalesced({ byteLength: bytes.length, slice }) }
}

describe('small reads from kept ranges', () => {
  it('return the bytes asked for, wherever they are', async () => {
    const { source } = counted()
    const next = random(1)
    for (let i = 0; i < 2000; i++) {
      const start = Math.floor(next() * bytes.length)
      const end = Math.min(bytes.length, start + Math.floor(next() * 20_000))
      assert.deepEqual(await source.slice(start, end), bytes.slice(start, end))
    }
  })

  it('share requests; large reads take one each', async () => {
    const { source, asked } = counted()
    for (let at = 0; at + 600 < bytes.length; at += 600) await source.slice(at, at + 600)
    assert.equal(asked.length, 12)
    await source.slice(0, 1_000_000)
    assert.equal(asked.at(-1), 1_000_000)
  })

  it('are tried again after a failure', async () => {
    let isBroken = true
    const source = coalesced({
      byteLength: bytes.length,
      slice: async (start, end) => {
        if (isBroken) throw new Error('reset')
        return bytes.slice(start, end)
      },
    })
    await assert.rejects(source.slice(5, 10), /reset/)
    isBroken = false
    assert.deepEqual(await source.slice(5, 10), bytes.slice(5, 10))
  })
})
