import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  compareSequencers,
  decide,
  type Origin,
  originMetadata,
  originOf,
  settingsDigest,
} from '../../functions/lambda/commit.ts'
import { deliveriesOf } from '../../functions/lambda/object-created.ts'
import { s3Event } from '../fakes/lambda.ts'
import { SETTINGS } from '../parquet-files.ts'

const hex = fc.stringMatching(/^[0-9A-F]{1,20}$/)
const runs = { numRuns: 500, seed: 7 }

describe('sequencers', () => {
  it('are ordered as the fractions that their digits are, so that zeros at the end mean nothing', () => {
    const fraction = (text: string) => BigInt(`0x${text.padEnd(20, '0')}`)
    const law = fc.property(hex, hex, (a, b) => {
      const expected = fraction(a) < fraction(b) ? -1 : fraction(a) > fraction(b) ? 1 : 0
      assert.equal(compareSequencers(a, b), expected)
      assert.equal(compareSequencers(a, `${a}00`), 0)
    })
    fc.assert(law, runs)
  })

  it('do not mind the case of their digits', () => {
    assert.equal(compareSequencers('00AB', '00ab'), 0)
    assert.equal(compareSequencers('00b', '00A1'), 1)
  })
})

describe('a key', () => {
  it('comes out of an event as it went into the bucket', () => {
    const law = fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
      // S3 stores keys as UTF-8, which has no lone surrogates
      fc.pre(name.isWellFormed())
      const key = `incoming/${name} +%2F=.parquet`
      const event = s3Event('bucket', { key, eTag: 'e', size: 1, sequencer: '1', versionId: undefined })
      assert.equal(deliveriesOf(event)[0]?.objects()[0]?.key, key)
    })
    fc.assert(law, runs)
  })
})

describe('the decision who writes', () => {
  const origin: Origin = { eTag: 'b', versionId: undefined, sequencer: '0B', digest: 'd' }

  for (const [what, existing, expected] of [
    ['nothing is there', undefined, 'write'],
    ['the same is there', origin, 'done'],
    ['the same with other settings is there', { ...origin, digest: 'x' }, 'write'],
    ['the same content from another event is there', { ...origin, sequencer: '0F' }, 'done'],
    ['something older is there', { ...origin, eTag: 'a', sequencer: '0A' }, 'write'],
    ['something newer is there', { ...origin, eTag: 'c', sequencer: '0C' }, 'superseded'],
    ['something whose age is not known is there', { ...origin, eTag: 'c', sequencer: undefined }, 'unknown'],
    ['something of somebody else is there', {}, 'unknown'],
    ['another version of the same content is there', { ...origin, versionId: 'v1', sequencer: '0A' }, 'write'],
  ] as const) {
    it(`is ${expected} when ${what}`, () => assert.equal(decide(origin, existing), expected))
  }

  it('is made from what the metadata say', () => {
    const full = { ...origin, versionId: 'v1' }
    assert.equal(decide(full, originOf(originMetadata(full))), 'done')
    assert.equal(decide(origin, originOf(originMetadata(origin))), 'done')
  })
})

describe('the digest of the settings', () => {
  it('tells apart what gives another file, and nothing else', () => {
    const digest = settingsDigest(SETTINGS)
    assert.match(digest, /^[0-9a-f]{16}$/)
    assert.equal(settingsDigest({ ...SETTINGS, memoryBudgetBytes: 1, columns: { time: undefined } }), digest)
    const { keep, supertrends, ...rest } = SETTINGS
    assert.equal(settingsDigest({ supertrends, ...rest, keep }), digest)
    assert.notEqual(settingsDigest({ ...SETTINGS, keep: 'last' }), digest)
    assert.notEqual(settingsDigest({ ...SETTINGS, codec: 'ZSTD' }), digest)
    assert.notEqual(settingsDigest({ ...SETTINGS, columns: { close: 'x' } }), digest)
    const other = [{ ...SETTINGS.supertrends[0]!, period: 15 }]
    assert.notEqual(settingsDigest({ ...SETTINGS, supertrends: other }), digest)
  })
})
