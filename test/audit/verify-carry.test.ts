import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from '../../functions/audit/inspect.ts'
import { verify } from '../../functions/audit/verify.ts'
import { carryAfter } from '../../functions/enrich/carry/carry-after.ts'
import { enrichParquet } from '../../functions/library.ts'
import { concatBytes } from '../../functions/shared/concat-bytes.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../parquet-files.ts'
import { enrichFile, enrichSequence } from '../sequence-files.ts'

const MEMORY = SETTINGS.memoryBudgetBytes
const bars = someBars(100)
const files = [bars.slice(0, 40), bars.slice(40, 70), bars.slice(60)].map((part) => barsFile(part))
const options = { readBack: 0, forgetAfter: 5 }
const parts = (await enrichSequence(files, options)).map(({ output }) => output)

async function spool(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece.slice())
  return Object.assign(memorySource(concatBytes(all)), { close: async () => {} })
}

const after = (previous: readonly Uint8Array[]) => (forgetAfter: number | undefined) =>
  carryAfter(previous.map(memorySource), MEMORY, { forgetAfter }, ['PREVIOUS'])

const verified = (original: Uint8Array, enriched: Uint8Array, previous?: readonly Uint8Array[], dropped?: Uint8Array) =>
  verify(memorySource(original), memorySource(enriched), MEMORY, spool, {
    after: previous && after(previous),
    dropped: dropped && memorySource(dropped),
  })

describe('verify', () => {
  it('proves each file of a sequence with the files before it', async () => {
    for (const [i, original] of files.entries()) {
      const { holds, problems, bytes } = await verified(original, parts[i]!, parts.slice(0, i).toReversed())
      assert.deepEqual({ holds, problems, bytes }, { holds: true, problems: [], bytes: 'same' })
    }
    assert.ok((await verified(files[0]!, parts[0]!)).holds)
  })

  it('proves the removed rows, also those that an earlier file has', async () => {
    const result = await enrichParquet(files[2]!, { ...options, after: [parts[1]!, parts[0]!] })
    const dropped = await spool(result.droppedBytes())
    result.close()
    const all = await dropped.slice(0, dropped.byteLength)
    const found = await verified(files[2]!, parts[2]!, [parts[1]!, parts[0]!], all)
    assert.deepEqual([found.problems, found.dropped?.bytes], [[], 'same'])
  })

  it('names the file that a file continues when it is not the given one', async () => {
    const problemOf = async (...args: Parameters<typeof verified>) => (await verified(...args)).problems.join()
    assert.match(await problemOf(files[1]!, parts[1]!), /^it continues from the state [0-9a-f]{12} of another file/)
    assert.match(await problemOf(files[2]!, parts[2]!, [parts[0]!]), /but PREVIOUS passes on [0-9a-f]{12}$/)
    assert.match(await problemOf(files[1]!, parts[1]!, []), /but it is the first one given$/)
    assert.match(await problemOf(files[0]!, parts[0]!, [parts[1]!]), /^it is the first of its sequence, but PREVIOUS/)
    const alone = (await enrichFile(files[0]!, {})).output
    assert.equal(await problemOf(files[0]!, alone, []), 'it was enriched without carry, so it continues from no file')
  })

  it('finds a changed state', async () => {
    const { state } = await enrichFile(files[0]!, { ...options, carry: true })
    const damaged = Uint8Array.from(parts[0]!)
    damaged[Buffer.from(damaged).indexOf(state!) + 100]! ^= 1
    const { holds, problems } = await verified(files[0]!, damaged)
    assert.ok(!holds)
    assert.ok(problems.includes('the state in it is damaged'))
  })
})

describe('inspect', () => {
  it('shows the state that a file continues and the one that it passes on', async () => {
    const carries = []
    for (const part of parts) carries.push((await inspect(memorySource(part), SETTINGS)).carry!)
    assert.deepEqual(
      carries.map(({ after }) => after),
      [null, carries[0]!.state.sha256, carries[1]!.state.sha256],
    )
    assert.deepEqual(
      carries.map(({ duplicatesOfPrevious, forgetAfter, state: { series, problem } }) => [
        ...[duplicatesOfPrevious, forgetAfter],
        ...[series, problem],
      ]),
      [
        [0, 5, 1, null],
        [0, 5, 1, null],
        [10, 5, 1, null],
      ],
    )
    assert.equal((await inspect(memorySource(files[0]!), SETTINGS)).carry, null)
  })
})
