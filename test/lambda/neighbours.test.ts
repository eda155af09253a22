import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Neighbours } from '../../functions/lambda/neighbours.ts'
import { compareKeys } from '../../functions/shared/key-order.ts'
import { FakeBucket } from '../fakes/bucket.ts'

const INPUTS = 'incoming/a/'
const OUTPUTS = 'enriched/a/'
const NOTHING = new Uint8Array()

/** @param names of inputs and of outputs */
function sequenceOf(names: readonly string[], outputs: readonly string[] = names) {
  const bucket = new FakeBucket()
  for (const name of names) bucket.put(INPUTS + name, NOTHING, {})
  for (const name of outputs) bucket.put(OUTPUTS + name, NOTHING, {})
  const place = { s3: bucket, bucket: bucket.name, inputs: INPUTS, outputs: OUTPUTS, isWanted: () => true }
  return { bucket, neighbours: new Neighbours(place) }
}

async function all(keys: AsyncIterable<string>): Promise<string[]> {
  const names: string[] = []
  for await (const key of keys) names.push(key.slice(INPUTS.length))
  return names
}

async function first(keys: AsyncIterable<string>): Promise<string | undefined> {
  for await (const key of keys) return key.slice(INPUTS.length)
  return undefined
}

/** A listing of 100,000 keys, answered without making them: 0 to 99,999, padded with zeros. */
class LargeFolder extends FakeBucket {
  requestCount = 0
  override send = (async ({ input }: { input: { Prefix: string; StartAfter?: string } }) => {
    this.requestCount++
    const { Prefix, StartAfter = '' } = input
    const keyOf = (i: number) => `${Prefix}${String(i).padStart(5, '0')}.parquet`
    let [from, to] = [0, 100_000]
    while (from < to) {
      const middle = (from + to) >> 1
      if (keyOf(middle) <= StartAfter) from = middle + 1
      else to = middle
    }
    const count = Math.min(1000, 100_000 - from)
    const Contents = Array.from({ length: count }, (_, i) => {
      return { Key: keyOf(from + i), ETag: '"e"', Size: 1, LastModified: new Date() }
    })
    return { IsTruncated: from + count < 100_000, Contents }
  }) as unknown as FakeBucket['send']
}

describe('the neighbours of a key', () => {
  const anyName = fc.oneof(
    fc.integer({ min: 0, max: 3000 }).map((i) => `${String(i).padStart(4, '0')}.parquet`),
    fc
      .date({ min: new Date('2023-12-20'), max: new Date('2024-02-10'), noInvalidDate: true })
      .map((date) => `${date.toISOString().slice(0, 10)}.parquet`),
    fc.string({
      unit: fc.constantFrom('a', 'b', '0', '1', '-', '/', '\u{1F600}', '\uFFFD'),
      minLength: 1,
      maxLength: 6,
    }),
  )

  it('are all keys of inputs and outputs before it, and all after it, in the order of S3', async () => {
    const sequence = fc.record({
      inputs: fc.uniqueArray(anyName, { maxLength: 30 }),
      outputs: fc.uniqueArray(anyName, { maxLength: 30 }),
      name: anyName,
    })
    await fc.assert(
      fc.asyncProperty(sequence, async ({ inputs, outputs, name }) => {
        const names = [...new Set([...inputs, ...outputs])].sort(compareKeys)
        const { neighbours } = sequenceOf(inputs, outputs)
        const before = names.filter((other) => compareKeys(other, name) < 0)
        const after = names.filter((other) => compareKeys(other, name) >= 0)
        assert.deepEqual(await all(neighbours.from(INPUTS + name)), after)
        assert.deepEqual(await all(neighbours.before(INPUTS + name)), before.toReversed())
        assert.deepEqual(await all(neighbours.from(INPUTS + name)), after)
      }),
      { numRuns: 200 },
    )
  })

  it('are found over several pages, when the pages of inputs and outputs end at different keys', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `${String(i).padStart(4, '0')}.parquet`)
    const outputs = names.filter((_, i) => i % 3 === 0)
    const { neighbours } = sequenceOf(names, outputs)
    assert.deepEqual(await all(neighbours.from(`${INPUTS}0000.parquet`)), names)
    assert.deepEqual(await all(neighbours.before(`${INPUTS}9999.parquet`)), names.toReversed())
  })

  it('are found where a page ends with the key itself', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const names = [...letters].flatMap((a) => [...letters].flatMap((b) => [`${a}${b}a`, `${a}${b}b`]))
    // the keys before it are listed from the first one on, because no name has digits
    const { neighbours } = sequenceOf(names, [])
    for (const at of [998, 999, 1000]) {
      const key = INPUTS + names[at]
      assert.deepEqual(await all(neighbours.before(key)), names.slice(0, at).reverse())
      assert.deepEqual(await all(neighbours.from(key)), names.slice(at))
    }
  })

  it('are listed from shortly before the key, and no more often than new keys have to be seen', async () => {
    for (const [count, requests] of [
      [20, 2],
      [21, 4],
      [40, 4],
      [41, 6],
    ] as const) {
      const names = Array.from({ length: count }, (_, i) => `${i + 100}.parquet`)
      const { bucket, neighbours } = sequenceOf(names)
      assert.deepEqual(await all(neighbours.from(INPUTS + names[0])), names)
      assert.equal(bucket.requests.length, requests, `${count} keys`)
    }
    const bucket = new LargeFolder()
    const place = { s3: bucket, bucket: 'b', inputs: INPUTS, outputs: OUTPUTS, isWanted: () => true }
    const key = `${INPUTS}54321.parquet`
    assert.equal(await first(new Neighbours(place).from(key)), '54321.parquet')
    assert.equal(bucket.requestCount, 2)
  })

  it('are listed from shortly before the key also when its name has two digits', async () => {
    const others = Array.from({ length: 1500 }, (_, i) => `a${'b'.repeat(i % 50)}${'c'.repeat(i / 50)}`)
    const { bucket, neighbours } = sequenceOf([...others, 'z10', 'z11'])
    assert.equal(await first(neighbours.before(`${INPUTS}z11`)), 'z10')
    assert.equal(bucket.requests.length, 2)
  })

  it('are also those of a key that is the folder itself', async () => {
    const { neighbours } = sequenceOf(['', 'a.parquet'])
    assert.deepEqual(await all(neighbours.from(INPUTS)), ['', 'a.parquet'])
    assert.deepEqual(await all(neighbours.before(INPUTS)), [])
  })

  for (const number of ['00000', '00001', '00100', '01000', '10000', '50000', '54321', '99999']) {
    it(`of number ${number} of 100,000 take at most 4 LIST requests`, async () => {
      const bucket = new LargeFolder()
      const place = { s3: bucket, bucket: 'b', inputs: INPUTS, outputs: OUTPUTS, isWanted: () => true }
      const neighbours = new Neighbours(place)
      const key = `${INPUTS}${number}.parquet`
      const shown = (i: number) => (i < 0 || i > 99_999 ? undefined : `${String(i).padStart(5, '0')}.parquet`)
      assert.equal(await first(neighbours.before(key)), shown(Number(number) - 1))
      const after = neighbours.from(key)
      assert.equal((await after.next()).value, key)
      assert.equal((await after.next()).value?.slice(INPUTS.length), shown(Number(number) + 1))
      assert.ok(bucket.requestCount <= 4, `${bucket.requestCount} requests`)
    })
  }
})
