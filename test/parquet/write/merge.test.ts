import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { restore } from '../../../functions/audit/restore.ts'
import { enrichAndKeep, gathered, memorySource } from '../../parquet-files.ts'
import { assertFooterIsTrue, LOSSES, losingFile, readTwice } from '../losing-files.ts'

async function merged(kept: Uint8Array, dropped: Uint8Array): Promise<Uint8Array> {
  const { pieces } = await restore(memorySource(kept), memorySource(dropped), 2 ** 30)
  return gathered(pieces())
}

describe('a file and the one of the rows that it lost', () => {
  for (const [what, isLost] of Object.entries(LOSSES)) {
    it(`make the whole for other readers: ${what}`, async () => {
      const input = losingFile(isLost)
      const { output, dropped } = await enrichAndKeep(input)
      const whole = await merged(output, dropped)
      assert.deepEqual(await readTwice(whole), await readTwice(input))
      await assertFooterIsTrue(whole)
    })
  }

  it('are refused when each is of another input', async () => {
    const others = ['one row', 'every other row', 'a whole group', 'the last group']
    const files = await Promise.all(others.map((what) => enrichAndKeep(losingFile(LOSSES[what]!))))
    for (const [kept, { output }] of files.entries()) {
      for (const [lost, { dropped }] of files.entries()) {
        if (kept !== lost) await assert.rejects(merged(output, dropped), { code: 'not-enriched' })
      }
    }
  })
})
