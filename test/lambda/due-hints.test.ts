import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { asksAgain, lastOf, progressOf, withKeys } from '../../functions/lambda/due-hints.ts'
import { advancedBy, hintAbout } from '../fakes/hints.ts'

describe('the keys that messages about a sequence name', () => {
  it('have a last one that has to be reached, in the order of S3', () => {
    assert.equal(lastOf([hintAbout('b'), hintAbout('c'), hintAbout('a')]), 'c')
    assert.equal(lastOf([hintAbout('b', { advance: advancedBy({ through: 'd' }) }), hintAbout('c')]), 'd')
    // by code points, not by UTF-16
    assert.equal(lastOf([hintAbout('\u{1F600}'), hintAbout('\uFFFD')]), '\u{1F600}')
  })

  it('have come as far as the message that came farthest', () => {
    const two = [
      hintAbout('a', { advance: advancedBy({ hops: 3, failures: 1 }) }),
      hintAbout('b', { advance: advancedBy({ hops: 2, failures: 5 }) }),
    ]
    assert.deepEqual(progressOf(two), { through: 'b', hops: 3, failures: 5 })
    assert.deepEqual(progressOf([hintAbout('a')]), { through: 'a', hops: 0, failures: 0 })
  })

  it('are asked for again from the key on at which the work stopped', () => {
    const hints = [
      hintAbout('a', { again: true }),
      hintAbout('b', { again: true }),
      hintAbout('c'),
      hintAbout('d', { again: true }),
    ]
    const asked = (from: string) => asksAgain(hints, from).map(({ key }) => key)
    assert.deepEqual([asked('a'), asked('b'), asked('c'), asked('e')], [['a', 'b', 'd'], ['b', 'd'], ['d'], []])
    assert.deepEqual(asksAgain(hints, 'd'), [{ bucket: 'bars', key: 'd', again: true }])
  })

  it('are joined with those that are listed, each of them once', async () => {
    const joined = async (listed: readonly string[], due: readonly string[]) => {
      const keys: string[] = []
      const listing = (async function* () {
        yield* listed
      })()
      for await (const key of withKeys(
        listing,
        due.map((key) => hintAbout(key)),
      ))
        keys.push(key)
      return keys.join('')
    }
    assert.equal(await joined(['b', 'd'], ['a', 'b', 'c', 'e', 'f']), 'abcdef')
    assert.equal(await joined(['a', 'b'], []), 'ab')
    assert.equal(await joined([], ['a', 'b']), 'ab')
    assert.equal(await joined(['a', 'c'], ['c']), 'ac')
    assert.equal(await joined(['c'], ['a', 'b', 'c']), 'abc')
  })
})
