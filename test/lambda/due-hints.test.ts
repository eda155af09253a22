import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { afterKey, lastOf, progressOf, withKeys } from '../../functions/lambda/due-hints.ts'
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

  it('are named again after the one at which the work stopped, if its message does not cover them', () => {
    const hints = ['a', 'b', 'd'].map((key) =>
      hintAbout(key, { again: key === 'd', size: key === 'd' ? 7 : undefined }),
    )
    const named = (key: string) => afterKey(hints, key).map((hint) => hint.key)
    assert.deepEqual([named(''), named('a'), named('c'), named('d')], [['a', 'b', 'd'], ['b', 'd'], ['d'], []])
    assert.deepEqual(afterKey([hintAbout('a', { size: 0 })], ''), [])
    const more = { deferrals: 2, announced: 'x', advance: advancedBy({ hops: 3 }) }
    const [message] = afterKey([hintAbout('a', { ...more, sequence: 'incoming/' })], '')
    assert.partialDeepStrictEqual(message, { bucket: 'bars', key: 'a', again: false, ...more })
    assert.ok(!('sequence' in message! || 'isDirect' in message!))
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
