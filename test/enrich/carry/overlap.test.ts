import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { earlierFiles, MAX_OPENED_FILES, MAX_OVERLAPPING_FILES } from '../../../functions/enrich/carry/overlap.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../../parquet-files.ts'
import { enrichFile, enrichSequence } from '../../sequence-files.ts'

/** @param rows of each earlier file. @returns rows of the files that are searched */
async function searched(rows: readonly number[], skipped?: number): Promise<number[]> {
  const earlier = () => rows.map((count) => memorySource(barsFile(someBars(count))))
  const found: number[] = []
  for await (const { footer } of earlierFiles(earlier, SETTINGS, skipped)) found.push(footer.rows)
  return found
}

describe('the earlier files that are searched for bars', () => {
  it('are the newest ones that have rows, so many and no more', async () => {
    const rows = Array.from({ length: MAX_OVERLAPPING_FILES + 2 }, (_, i) => i + 1)
    assert.deepEqual(await searched([0, ...rows, 0]), rows.slice(0, MAX_OVERLAPPING_FILES))
    assert.deepEqual(await searched(rows.slice(0, 3)), [1, 2, 3])
  })

  it('are looked for in a limited number of files, also when these have no rows', async () => {
    const empty = Array.from({ length: MAX_OPENED_FILES - 1 }, () => 0)
    assert.deepEqual(await searched([...empty, 5, 6]), [5])
    assert.deepEqual(await searched([...empty, 0, 6]), [])
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
    await refused([three!.output], /; the one earlier file that was searched does not have the bar \(at most 7 /)
    const all = [three!.output, two!.output, one!.output]
    await refused(all.slice(0, 2), /; none of the 2 earlier files that were searched has the bar \(at most 7 /)
    await refused(all, /; none of the 3 earlier files that were searched has the bar \(at most 7 /)
  })
})
