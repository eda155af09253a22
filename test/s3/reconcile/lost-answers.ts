/** The server does what is asked and the function never hears of it; or the request lands when others are done. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Fault } from '../fault-proxy.ts'
import { assertEnd, CASES, type Case, deliveryFor, prepare } from './cases.ts'
import { CONTENTS, type Content } from './contents.ts'
import { deliver, deliverOnce } from './deliver.ts'
import { upload } from './market-bucket.ts'
import type { Suite } from './suite.ts'

type Lost = Pick<Fault, 'method' | 'prefix' | 'query'>

const put = (prefix: string): Lost => ({ method: 'PUT', prefix })
const remove = (prefix: string): Lost => ({ method: 'DELETE', prefix })
const complete: Lost = { method: 'POST', prefix: 'enriched/', query: 'uploadId=' }

const LOST: readonly (readonly [what: string, keyof typeof CASES, Lost])[] = [
  ['the PUT of a new output', 'a new file', put('enriched/')],
  ['the PUT of another output', 'another file over an output', put('enriched/')],
  ['the PUT of a report', 'a corrupt file', put('failed/')],
  ['the PUT of a report beside an output', 'a corrupt file over an output', put('failed/')],
  ['the DELETE of a report', 'a good file over a report', remove('failed/')],
  ['the end of an upload', 'a file that S3 copies', complete],
  ['the end of an upload over an output', 'a file that S3 copies over another one', complete],
  ['the PUT of a chart', 'a file with a chart and removed rows', put('charts/')],
  ['the PUT of removed rows', 'a file with a chart and removed rows', put('dropped/')],
  ['the DELETE of removed rows', 'a file without removed rows over one with them', remove('dropped/')],
]

/** The SDK makes three attempts: one lost answer it repeats by itself, after three the delivery fails. */
const TIMES = [1, 3]

export function lostAnswers(suite: Suite): void {
  for (const [what, name, lost] of LOST) {
    for (const times of TIMES) {
      const title = `ends right after ${times} lost answers to ${what}`
      it(title, { skip: suite.skips[title] ?? false }, async () => {
        const some: Case = CASES[name]
        const object = `lost ${what} ${times}.parquet`
        const event = await prepare(suite.bucket(), object, some)
        suite.proxy().lose({ ...lost, times })
        await deliver(suite.proxied().s3, event, deliveryFor(suite, some))
        assert.equal(suite.proxy().lost(), times)
        await assertEnd(suite, object, some, title)
      })
    }
  }
  for (const [what, before, first, last, lost] of LATE) landsLate(suite, what, [before, first, last], lost)
}

const { a, b, corrupt } = CONTENTS
const LATE_MS = 600

/** The write for the first content lands when the last one is done; then the first one's message comes again. */
const LATE: readonly (readonly [what: string, before: Content | undefined, first: Content, last: Content, Lost])[] = [
  ['a report', undefined, corrupt, a, put('failed/')],
  ['a report beside the output of the same contents', a, corrupt, a, put('failed/')],
  ['an output over the same contents that return', a, b, a, put('enriched/')],
  ['an output of contents that were replaced', undefined, b, a, put('enriched/')],
]

function landsLate(suite: Suite, what: string, contents: readonly (Content | undefined)[], lost: Lost): void {
  const title = `ends right when ${what} lands late`
  it(title, { skip: suite.skips[title] ?? false }, async () => {
    const [before, first, last] = contents
    const object = `late ${what}.parquet`
    const [bucket, proxy] = [suite.bucket(), suite.proxy()]
    const firstCase: Case = { before: before ? [before] : [], last: first!, hasSecondaries: false }
    const event = await prepare(bucket, object, firstCase)
    proxy.lose({ ...lost, times: 3, landsAfterMs: LATE_MS })
    const { isDone } = await deliverOnce(suite.proxied().s3, event, deliveryFor(suite, firstCase))
    assert.ok(!isDone)
    await deliver(bucket.s3, await upload(bucket, object, last!), deliveryFor(suite, firstCase))
    await proxy.settled()
    await deliver(bucket.s3, event, { ...deliveryFor(suite, firstCase), receiveCount: 2 })
    await assertEnd(suite, object, { before: [], last: last!, hasSecondaries: false }, title)
  })
}
