import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeListings, type NamedObject } from '../../functions/bucket-audit/merge-listings.ts'

const bytes = (key: string) => Buffer.from(key)
const byBytes = (a: string, b: string) => Buffer.compare(bytes(a), bytes(b))

/** Pieces of names that begin each other, and whose order changes with an ending. */
const names = fc
  .array(fc.constantFrom('a', 'b', '.', '-', '/', '0', '.json', '.parquet', '.pq', '\u{1F600}', '\uFFFD', 'é'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))

async function* listed(names: readonly string[], ending: string): AsyncGenerator<NamedObject, undefined> {
  for (const key of names.map((name) => name + ending).sort(byBytes)) {
    const name = key.slice(0, key.length - ending.length)
    yield { name, object: { key, eTag: 'e', size: 1, lastModified: new Date(0) } }
  }
  return undefined
}

describe('three listings', () => {
  it('are joined by name, each name once, in the order of the reports', async () => {
    const some = fc.uniqueArray(names, { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(some, some, some, async (inputs, outputs, reports) => {
        const entries = []
        for await (const { name, input, output, report } of mergeListings(
          listed(inputs, ''),
          listed(outputs, ''),
          listed(reports, '.json'),
        )) {
          assert.deepEqual(
            [input?.key ?? name, output?.key ?? name, report?.key ?? `${name}.json`],
            [name, name, `${name}.json`],
          )
          entries.push({ name, has: [input, output, report].map((object) => object !== undefined) })
        }
        const expected = [...new Set([...inputs, ...outputs, ...reports])]
          .sort((a, b) => byBytes(`${a}.json`, `${b}.json`))
          .map((name) => ({ name, has: [inputs, outputs, reports].map((list) => list.includes(name)) }))
        assert.deepEqual(entries, expected)
      }),
      { numRuns: 500 },
    )
  })
})
