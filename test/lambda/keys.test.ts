import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { isShortened, keysOf, reasonToIgnore } from '../../functions/lambda/keys.ts'

const settings = parseSettings({ chartPrefix: 'charts/' }, 512)
const bytes = (key: string) => Buffer.byteLength(key)

describe('the keys that belong to an input', () => {
  it('have its name', () => {
    const { output, report, chart, dropped } = keysOf(settings, 'incoming/a b/c.parquet')
    assert.deepEqual(
      [output, report, chart, dropped],
      ['enriched/a b/c.parquet', 'failed/a b/c.parquet.json', 'charts/a b/c.parquet.html', undefined],
    )
  })

  it('are shortened where S3 would not take them, and stay different', () => {
    const long = (end: string) => `incoming/${'x'.repeat(1024 - 9 - 8 - end.length)}${end}.parquet`
    const [one, other] = [keysOf(settings, long('1')), keysOf(settings, long('2'))]
    assert.equal(bytes(one.input), 1024)
    assert.equal(one.output, one.input.replace('incoming', 'enriched'))
    assert.notEqual(one.report, other.report)
    assert.match(one.report, /^failed\/x+~[0-9a-f]{32}\.json$/)
  })

  it('are never those of a name that is crafted to have the key of a shortened one: it is ignored', () => {
    const settings = parseSettings({ inputPrefix: 'in/', droppedPrefix: 'dropped-rows/' }, 512)
    const long = keysOf(settings, `in/${'é'.repeat(506)}.parquet`)
    for (const [key, prefix] of [
      [long.output, 'enriched/'],
      [long.dropped!, 'dropped-rows/'],
    ] as const) {
      assert.ok(isShortened(key), key)
      const crafted = key.replace(prefix, 'in/')
      const keys = keysOf(settings, crafted)
      assert.ok([keys.output, keys.dropped].includes(key))
      assert.equal(reasonToIgnore(settings, crafted)?.code, 'reserved')
      // the same ending is allowed where no longer name can have it
      assert.equal(reasonToIgnore(settings, `in/${crafted.slice(-60)}`), undefined)
      assert.equal(reasonToIgnore(settings, crafted.replace('~', '-')), undefined)
    }
    assert.equal(reasonToIgnore(settings, long.input), undefined)
  })

  it('are keys that S3 takes, whatever the name', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
        const input = `incoming/${names.join('/')}.parquet`
        const keys = keysOf(settings, input)
        for (const key of [keys.report, keys.chart!]) {
          assert.ok(bytes(key) <= 1024 && Buffer.from(key).toString() === key)
        }
      }),
      { numRuns: 200 },
    )
  })
})
