import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_LOOK_BACK, MAX_LOOK_BACK, maxOpenedFiles } from '../../../functions/enrich/carry/look-back.ts'
import { earlierFiles } from '../../../functions/enrich/carry/overlap.ts'
import { enrich } from '../../../functions/enrich/enrich.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../../parquet-files.ts'
import { enrichFile, enrichSequence } from '../../sequence-files.ts'

/** @param rows of each earlier file. @returns rows of the files that are searched */
async function searched(rows: readonly number[], skipped = 0, lookBack?: number): Promise<number[]> {
  const earlier = () => rows.map((count) => memorySource(barsFile(someBars(count))))
  const found: number[] = []
  for await (const { footer } of earlierFiles(earlier, SETTINGS, { skipped, lookBack })) found.push(footer.rows)
  return found
}

describe('the earlier files that are searched for bars', () => {
  it('are the newest ones that have rows, so many and no more', async () => {
    const rows = Array.from({ length: DEFAULT_LOOK_BACK + 2 }, (_, i) => i + 1)
    assert.deepEqual(await searched([0, ...rows, 0]), rows.slice(0, DEFAULT_LOOK_BACK))
    assert.deepEqual(await searched(rows, 0, DEFAULT_LOOK_BACK + 1), rows.slice(0, DEFAULT_LOOK_BACK + 1))
    assert.deepEqual(await searched(rows, 0, 1), [1])
    assert.deepEqual(await searched(rows.slice(0, 3)), [1, 2, 3])
  })

  it('are looked for in a limited number of files, also when these have no rows', async () => {
    const empty = Array.from({ length: maxOpenedFiles({}) - 1 }, () => 0)
    assert.deepEqual(await searched([...empty, 5, 6]), [5])
    assert.deepEqual(await searched([...empty, 0, 6]), [])
    assert.deepEqual(await searched([...empty, 0, 6], 0, DEFAULT_LOOK_BACK + 1), [6])
  })

  it('are those after the newest, which are not opened, where a number of these is given', async () => {
    assert.deepEqual(await searched([1, 2, 3], 0), [1, 2, 3])
    assert.deepEqual(await searched([1, 2, 3], 1), [2, 3])
    assert.deepEqual(await searched([1, 2, 3], 3), [])
  })
})

describe('the message about a bar that no earlier file has', () => {
  const bars = someBars(60)
  const part = (from: number, to: number) => barsFile(bars.slice(from, to))

  it('says how many files were searched', async () => {
    const [one, two, three] = await enrichSequence([part(0, 10), part(11, 20), part(20, 30)])
    const repeated = part(10, 40)
    const refused = (after: readonly Uint8Array[], message: RegExp) =>
      assert.rejects(enrichFile(repeated, { after }), { code: 'before-previous', message })
    await refused([three!.state!], /; if it repeats a bar of an earlier file, that enriched file is needed; /)
    await refused(
      [three!.output],
      /; the one earlier file that was searched does not have the bar; give the files .* \(--after, repeated\); or /,
    )
    const all = [three!.output, two!.output, one!.output]
    await refused(all.slice(0, 2), /; none of the 2 earlier files that were searched has the bar; give the files /)
    await refused(all, /; none of the 3 earlier files that were searched has the bar; give the files /)
  })

  it('names a search of more files where more may have it, and no files that would not be searched', async () => {
    const parts = await enrichSequence(Array.from({ length: 9 }, (_, i) => part(4 * i, 4 * i + 4)))
    const after = parts.map(({ output }) => output).toReversed()
    const enriched = (more: object) => enrichFile(part(4, 40), { after, ...more })
    const message =
      /none of the 7 earlier files that were searched has the bar; if a still earlier one has it: --look-back FILES searches more than 7, up to 366, of those that are given \(in the library: lookBack; in the function: carry.lookBack\); or if the bar/
    await assert.rejects(enriched({}), { code: 'before-previous', message })
    await assert.rejects(enriched({ lookBack: 1 }), /the one earlier file .*--look-back FILES searches more than 1,/)
    const { quality } = await enriched({ lookBack: 8 })
    assert.equal(quality.duplicatesOfPrevious, 32)
  })

  it('counts files without rows as searched, too, where so many are opened', async () => {
    const empty = Array.from({ length: maxOpenedFiles({}) }, () => part(0, 0))
    const parts = await enrichSequence([part(0, 10), ...empty])
    const after = parts.map(({ output }) => output).toReversed()
    await assert.rejects(enrichFile(part(0, 20), { after }), /: --look-back FILES searches more than 7/)
    const { quality } = await enrichFile(part(0, 20), { after, lookBack: 8 })
    assert.equal(quality.duplicatesOfPrevious, 10)
  })

  it('names no larger number than is allowed', async () => {
    const [first] = await enrichSequence([part(0, 10)])
    const carry = { name: 'x', state: first!.state!, lookBack: MAX_LOOK_BACK }
    const earlier = function* () {
      for (let i = 0; i < maxOpenedFiles(carry); i++) yield memorySource(barsFile([]))
    }
    const message = /; more are never searched: remove the bars of still earlier files; or /
    await assert.rejects(enrich(memorySource(part(0, 20)), SETTINGS, undefined, undefined, { ...carry, earlier }), {
      code: 'before-previous',
      message,
    })
  })
})
