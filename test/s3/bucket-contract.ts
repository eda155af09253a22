/**
 * What the commit protocol relies on, as laws that the fake and real servers must pass. A law that a server is known to
 * break is a deviation: the test is skipped with the reason, after it has checked that the server still breaks it so.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { conditionLaws } from './contract/conditions.ts'
import { objectLaws } from './contract/objects.ts'
import { type BucketUnderTest, type Law, requestsTo } from './contract/requests.ts'
import { uploadLaws } from './contract/uploads.ts'
import { versionLaws } from './contract/versions.ts'

export interface ServerUnderTest {
  readonly plain: BucketUnderTest
  /** A bucket that keeps versions. */
  readonly versioned: BucketUnderTest
  stop(): Promise<void>
}

export interface Deviation {
  /** What the server does instead. */
  readonly reason: string
  /** How the law fails because of it, so that another failure is not taken for it. */
  readonly fails: RegExp
}

/** How a law fails on a server that does what it should refuse. */
export const ACCEPTED = /Missing expected rejection/

/** @param deviations by the name of the law */
export function bucketContract(
  name: string,
  start: () => Promise<ServerUnderTest>,
  deviations: Readonly<Record<string, Deviation>> = {},
): void {
  describe(`the bucket of ${name}`, () => {
    let server: ServerUnderTest
    const unknown = new Set(Object.keys(deviations))
    before(async () => {
      server = await start()
    })
    after(() => server.stop())

    const law: Law = (what, test) => {
      const deviation = deviations[what]
      unknown.delete(what)
      it(what, async (t) => {
        if (!deviation) return test()
        await assert.rejects(test, deviation.fails, `the server has learnt: it ${what}`)
        t.skip(deviation.reason)
      })
    }
    const plain = requestsTo(() => server.plain)
    const versioned = requestsTo(() => server.versioned)
    objectLaws(law, plain)
    conditionLaws(law, plain, '')
    conditionLaws(law, versioned, ', with versions')
    uploadLaws(law, plain)
    versionLaws(law, versioned)
    assert.deepEqual([...unknown], [], 'deviations of no law')
  })
}
