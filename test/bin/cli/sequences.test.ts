import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hiveNames, sequencesOf, unpaddedNames } from '../../../bin/cli/sequences.ts'

const files = (...names: string[]) => names.map((name) => ({ name }))
const namesOf = (names: readonly string[], within?: string) =>
  sequencesOf(files(...names), within).map((sequence) => sequence.map(({ name }) => name))

describe('the sequences of a call', () => {
  it('have the order of S3: that of the bytes, in which capitals come first and rare characters last', () => {
    const sorted = ['B', 'a', 'a-1', 'a/1', 'a1', 'é', '\uffee', '\u{1f600}']
    assert.deepEqual(namesOf(sorted.toReversed()), [sorted])
  })

  it('are the folders that match the pattern, with all that is below', () => {
    const names = ['in/BTC/2.parquet', 'in/ETH/1.parquet', 'in/BTC/1.parquet', 'in/BTC/2024/1.parquet']
    const expected = [['in/BTC/1.parquet', 'in/BTC/2.parquet', 'in/BTC/2024/1.parquet'], ['in/ETH/1.parquet']]
    for (const within of ['in/*', 'in/*/', './in/*', 'i*/*/']) assert.deepEqual(namesOf(names, within), expected)
    assert.deepEqual(namesOf(names, 'in'), [[...expected[0]!, ...expected[1]!]])
  })

  it('take only stars in the pattern for more than themselves', () => {
    assert.deepEqual(namesOf(['a.b/1'], 'a.b'), [['a.b/1']])
    assert.throws(() => namesOf(['axb/1'], 'a.b'), { code: 'settings', message: /"axb\/1" is in none of the folders/ })
  })

  it('are the files with the same parts of a hive tree', () => {
    const names = ['d=1/s=A/v=x/f', 'd=1/s=B/v=x/f', 'd=2/s=A/v=x/f', 'd=2/s=A/v=y/f', 's3://b/d=0/s=A/v=x/f']
    const by = (...hive: string[]) =>
      sequencesOf(files(...names), undefined, hive).map((all) => all.map(({ name }) => name))
    assert.deepEqual(by('s'), [
      ['d=1/s=A/v=x/f', 'd=2/s=A/v=x/f', 'd=2/s=A/v=y/f', 's3://b/d=0/s=A/v=x/f'],
      ['d=1/s=B/v=x/f'],
    ])
    assert.deepEqual(
      by('s', 'v').map((all) => all.length),
      [3, 1, 1],
    )
    assert.throws(() => by('sy'), { code: 'settings', message: /"d=1\/s=A\/v=x\/f" is in no folder "sy=\.\.\."/ })
    assert.throws(() => sequencesOf(files('d=1/s=A'), undefined, ['s']), { code: 'settings' })
  })

  it('have names without what separates them', () => {
    assert.deepEqual(hiveNames('symbol,venue'), ['symbol', 'venue'])
    assert.deepEqual(hiveNames(undefined), [])
    for (const wrong of ['', 'a,', 'a=b', 'a/b']) assert.throws(() => hiveNames(wrong), { code: 'settings' })
  })

  it('refuse a file outside of the folders', () => {
    assert.throws(() => namesOf(['in/1.parquet'], 'in/*'), { name: 'RefusedError', code: 'settings' })
  })
})

describe('names whose numbers are not padded', () => {
  it('are found where the order of the bytes is not that of the numbers', () => {
    assert.deepEqual(unpaddedNames(['2024-1-1', '2024-1-10', '2024-1-2']), ['2024-1-10', '2024-1-2'])
    assert.deepEqual(unpaddedNames(['d10.parquet', 'd9.parquet']), ['d10.parquet', 'd9.parquet'])
  })

  it('are not found among padded and other names', () => {
    for (const names of [
      [],
      ['2024-01-09', '2024-01-10', '2024-02-01'],
      ['9', 'A'],
      ['a', 'b10', 'c2'],
      ['a1', 'a1', 'a1.b', 'a12'],
    ]) {
      assert.equal(unpaddedNames(names), undefined)
    }
  })
})
