import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { givenCarry } from '../../../functions/enrich/carry/given-files.ts'

describe('the files before', () => {
  const refused = (given: object, message: string) =>
    assert.rejects(givenCarry(given, 2 ** 20), { code: 'settings', message })

  it('are none for a file that is in no sequence', async () => {
    assert.equal(await givenCarry({}, 2 ** 20), undefined)
    assert.equal(await givenCarry({ carry: false }, 2 ** 20), undefined)
  })

  it('are none for the first file of a sequence', async () => {
    for (const given of [{ carry: true }, { carry: true, after: [] }, { carry: true, forgetAfter: 3 }]) {
      const carry = await givenCarry(given, 2 ** 20)
      assert.deepEqual([carry!.state, [...(carry!.earlier() as Iterable<unknown>)]], [undefined, []])
      assert.equal(carry!.forgetAfter, given.forgetAfter)
    }
  })

  it('go together with the other options', async () => {
    await refused({ carry: 'yes' }, 'carry is "yes"; allowed is true, false')
    await refused({ carry: null }, 'carry is null; allowed is true, false')
    await refused({ after: null }, 'after is null; allowed are an enriched file, its state, or a list')
    await refused({ forgetAfter: 3 }, 'forgetAfter goes with carry or after')
    await refused({ lookBack: 3 }, 'lookBack goes with carry or after')
    await refused({ after: [] }, 'after is an empty list; the first file of a sequence takes carry: true')
  })

  it('are named in messages as they were given', async () => {
    const named = (after: unknown, name: string) =>
      assert.rejects(givenCarry({ after: after as Uint8Array }, 2 ** 20), {
        name: 'TypeError',
        message: new RegExp(`^${name} is a number; `),
      })
    await named(3, 'after')
    await named([3], 'after\\[0\\]')
    await named([Uint8Array.of(1), 3], 'after\\[1\\]')
  })

  it('are forgotten after a whole number of files from 1 up', async () => {
    for (const forgetAfter of [0, -1, 1.5, Number.NaN]) {
      await refused({ carry: true, forgetAfter }, `forgetAfter is ${forgetAfter}; allowed is an integer from 1 up`)
    }
    assert.equal((await givenCarry({ carry: true, forgetAfter: 1 }, 2 ** 20))!.forgetAfter, 1)
  })

  it('are searched for repeated bars up to 366 files back', async () => {
    for (const lookBack of [0, 1.5, 367, '7', null]) {
      await refused({ carry: true, lookBack }, `lookBack is ${lookBack}; allowed is an integer from 1 to 366`)
    }
    for (const lookBack of [1, 366]) {
      assert.equal((await givenCarry({ carry: true, lookBack }, 2 ** 20))!.lookBack, lookBack)
    }
  })
})
