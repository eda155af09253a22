import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { hasSuffix, isShortened, keysOf, reasonToIgnore, settingsFor } from '../../functions/lambda/keys.ts'

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

  it('are cut between characters, and use all the room that there is', () => {
    // the report needs 5 bytes more than the output: "failed/" and ".json" are 12, "enriched/" is 9
    const name = (length: number) => `${'x'.repeat(length - 8)}.parquet`
    assert.equal(keysOf(settings, `incoming/${name(1012)}`).report, `failed/${name(1012)}.json`)
    const shortened = keysOf(settings, `incoming/${name(1013)}`).report
    assert.match(shortened, /^failed\/x+~[0-9a-f]{32}\.json$/)
    assert.equal(bytes(shortened), 1024)
    // 979 bytes are left: 489 characters of two bytes
    const { report } = keysOf(settings, `incoming/${'é'.repeat(600)}.parquet`)
    assert.match(report, /^failed\/é{489}~[0-9a-f]{32}\.json$/)
    // the output keeps the ending of the name
    assert.match(keysOf(settings, `incoming/${name(1016)}`).output, /^enriched\/x+~[0-9a-f]{32}\.parquet$/)
  })

  it('are those of the settings that are wanted', () => {
    const all = parseSettings({ chartPrefix: 'charts/', droppedPrefix: 'removed/' }, 512)
    assert.equal(keysOf(all, 'incoming/a.parquet').dropped, 'removed/a.parquet')
    assert.equal(keysOf(parseSettings({}, 512), 'incoming/a.parquet').chart, undefined)
  })
})

describe('the settings for a key', () => {
  it('are those of the function, but for the files of the canary', () => {
    const own = parseSettings({ chartPrefix: 'charts/', strict: true }, 512)
    assert.equal(settingsFor(own, 'incoming/a.parquet'), own)
    const canary = settingsFor(own, 'canary/in/a.parquet')
    assert.deepEqual([canary.chartPrefix, canary.enrich.strict], [undefined, false])
  })
})

describe('a key that is ignored', () => {
  const reasonOf = (key: string) => reasonToIgnore(settings, key)

  it('is outside of the input prefix, ends otherwise, or is hidden', () => {
    assert.equal(reasonOf('incoming/a.parquet'), undefined)
    assert.equal(reasonOf('incoming/a/b.c_d/E.PARQUET'), undefined)
    assert.deepEqual(reasonOf('other/a.parquet'), {
      code: 'outside-prefix',
      reason: 'the key does not begin with incoming/',
    })
    assert.equal(reasonOf('incoming/a.csv')?.code, 'other-suffix')
    assert.equal(reasonOf('incoming/_temporary/a.parquet')?.code, 'hidden')
    assert.equal(
      reasonOf('incoming/a/.b.parquet')?.reason,
      '.b.parquet begins with _ or ., which marks temporary files and metadata',
    )
  })

  it('has none of the suffixes, in any case', () => {
    assert.ok(hasSuffix('a.PARQUET', ['.pq', '.parquet']))
    assert.ok(!hasSuffix('a.parquet.gz', ['.pq', '.parquet']))
  })
})
