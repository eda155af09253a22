import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { enrich } from '../../functions/enrich/enrich.ts'
import { sourceOf, wholeOutput } from '../../functions/shared/byte-source.ts'
import { keepingMemory, keptMemory } from '../../functions/shared/kept-memory.ts'
import { barsFile, gathered, SETTINGS, someBars } from '../parquet-files.ts'

const KIB = 1024
const GARBAGE = 0xab

function took(...bytes: readonly number[]): Promise<ArrayBuffer[]> {
  return keepingMemory(async () => bytes.map(keptMemory))
}

/** What of the memory is that of an earlier file. */
function shared(some: readonly ArrayBuffer[], others: readonly ArrayBuffer[]): boolean[] {
  return some.map((buffer) => others.includes(buffer))
}

/** Leaves memory that is full of garbage to the next file, of each length that it may need. */
async function leaveGarbage(): Promise<void> {
  const sizes = [64, 128, 256, 512, 1024, 64, 128, 256, 512, 1024].map((size) => size * KIB)
  for (const buffer of await took(...sizes)) new Uint8Array(buffer).fill(GARBAGE)
}

async function enriched(bytes: Uint8Array): Promise<Uint8Array> {
  const source = sourceOf(bytes)
  const output = await enrich(source, { ...SETTINGS, conflicts: 'drop' })
  try {
    return await gathered(wholeOutput(source, output))
  } finally {
    output.close()
  }
}

describe('the memory of a file', () => {
  it('is that of the file before, where it has the size', async () => {
    const first = await took(900 * KIB, 100 * KIB)
    const second = await took(90 * KIB, 910 * KIB)
    assert.deepEqual(shared(second, first), [true, true])
    assert.ok(second[1]!.byteLength >= 910 * KIB)
  })

  it('is not given out twice at a time', async () => {
    await took(200 * KIB)
    const [one, other] = await took(200 * KIB, 200 * KIB)
    assert.notEqual(one, other)
    const both = await Promise.all([took(200 * KIB), took(200 * KIB)])
    assert.notEqual(both[0][0], both[1][0])
  })

  it('is not used again after a failure: a request may still write to it', async () => {
    const lost: ArrayBuffer[] = []
    const failing = keepingMemory(async () => {
      lost.push(keptMemory(300 * KIB))
      throw new Error('cut off')
    })
    await assert.rejects(failing, /cut off/)
    assert.deepEqual(shared(await took(300 * KIB), lost), [false])
  })

  it('is kept up to 8 MiB, without small and large arrays', async () => {
    const many = await took(...Array.from({ length: 12 }, () => 1024 * KIB))
    const again = await took(...Array.from({ length: 12 }, () => 1024 * KIB))
    assert.equal(shared(again, many).filter(Boolean).length, 8)
    for (const bytes of [16 * KIB, 3 * 1024 * KIB]) {
      const first = await took(bytes)
      assert.deepEqual(shared(await took(bytes), first), [false])
      assert.equal(first[0]!.byteLength, bytes)
    }
  })

  it('is lent up to 8 MiB for one file: one that takes more does not hold all of it until its end', async () => {
    const bytes = 100 * KIB
    const taken = await took(...Array.from({ length: 300 }, () => bytes))
    const lent = taken.filter(({ byteLength }) => byteLength > bytes)
    const lentBytes = lent.reduce((sum, { byteLength }) => sum + byteLength, 0)
    assert.ok(lentBytes > 7 * 1024 * KIB && lentBytes <= 8.2 * 1024 * KIB, `${lentBytes} bytes`)
  })

  it('is its own outside of the function', () => {
    assert.notEqual(keptMemory(200 * KIB), keptMemory(200 * KIB))
  })
})

describe('an enriched file', () => {
  const writers = fileURLToPath(new URL('../golden/writers/', import.meta.url))
  const files = [
    ...readdirSync(writers)
      .filter((name) => /^pyarrow-(none|snappy|types)-pages/.test(name))
      .map((name) => [name, readFileSync(writers + name)] as const),
    ['20,000 rows', barsFile(someBars(20_000))] as const,
    [
      '20,000 rows with gaps',
      barsFile(someBars(20_000).map((bar, i) => (i % 7 ? bar : { ...bar, close: null }))),
    ] as const,
    ['20,000 rows of which 1,000 repeat', barsFile([...someBars(20_000), ...someBars(1000)])] as const,
  ]
  for (const [name, bytes] of files) {
    it(`has the same bytes, whatever is left in the memory of the file before: ${name}`, async () => {
      const expected = await enriched(bytes)
      await leaveGarbage()
      assert.deepEqual(await keepingMemory(() => enriched(bytes)), expected)
    })
  }
})
