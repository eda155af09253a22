import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'aws-lambda'
import { type AuditEvent, Tally } from '../../functions/bucket-audit/audit-event.ts'
import { type AuditResult, auditMeasures, createAudit, MAX_INVOCATIONS } from '../../functions/bucket-audit/handler.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const good = barsFile(someBars(20))
const HOUR_MS = 3600 * 1000

interface Options {
  readonly repairs?: boolean
  /** How many keys an invocation gets through before its time ends. */
  readonly keysInTime?: number
  /** In the environment. */
  readonly bucketName?: string
}

/** An audit that calls itself as Lambda does, one invocation after the other. */
function auditOver(bucket: FakeBucket, options: Options = {}) {
  const { repairs = true, keysInTime = Number.POSITIVE_INFINITY, bucketName = bucket.name } = options
  const reports: AuditResult[] = []
  const repaired: object[] = []
  const events: AuditEvent[] = []
  const signals: (AbortSignal | undefined)[] = []
  const send = async (bodies: readonly object[], signal?: AbortSignal) => {
    signals.push(signal)
    repaired.push(...bodies)
  }
  const audit = createAudit({
    s3: bucket,
    bucket: bucketName,
    settings: parseSettings({}, 1024),
    maxWaitMs: HOUR_MS,
    repair: repairs ? send : undefined,
    goOn: async (event, signal) => {
      signals.push(signal)
      events.push(JSON.parse(JSON.stringify(event)))
    },
    report: (result) => reports.push(result),
  })
  const run = async (first: object) => {
    for (let event: object | undefined = first; event; event = events.at(-1)) {
      const count = events.length
      let left = keysInTime
      await audit(event, { getRemainingTimeInMillis: () => (left-- > 0 ? 60_000 : 10_000) } as unknown as Context)
      if (events.length === count) break
    }
  }
  return { run, reports, repaired, events, signals }
}

/** 20 keys: of every four one right, one without output, one outdated, one that has just arrived. */
async function someBucket(): Promise<FakeBucket> {
  const bucket = new FakeBucket()
  const { handler } = lambdaOn(bucket)
  const day = (days: number) => () => Date.now() - days * 24 * HOUR_MS
  for (let i = 0; i < 20; i++) {
    const key = `incoming/${String(i).padStart(2, '0')}.parquet`
    bucket.now = i % 4 === 3 ? Date.now : day(10)
    bucket.upload(key, good)
    if (i % 4 === 3) continue
    bucket.now = day(9)
    await handler({ bucket: bucket.name, key })
    if (i % 4 === 1) bucket.delete(key.replace('incoming', 'enriched'))
    bucket.now = day(8)
    if (i % 4 === 2) bucket.upload(key, barsFile(someBars(21)))
  }
  return bucket
}

describe('the audit on a schedule', () => {
  it('ends a request to SQS or Lambda that stalls', async () => {
    const { run, signals } = auditOver(await someBucket(), { keysInTime: 5 })
    await run({ mode: 'all' })
    assert.ok(signals.length > 2)
    for (const signal of signals) assert.ok(signal instanceof AbortSignal)
  })

  it('counts wrong keys, and sends them to be looked at again', async () => {
    const bucket = await someBucket()
    const { run, reports, repaired, events } = auditOver(bucket)
    await run({ mode: 'all' })
    const counts = { fine: 5, missing: 5, stale: 5, waiting: 5 }
    assert.deepEqual(reports, [{ mode: 'all', counts, refusedByCode: {}, repairs: 10, isComplete: true }])
    assert.deepEqual(events, [])
    const keys = bucket.keys.filter((key) => /^incoming\/\d*[^/]*$/.test(key))
    const expected = keys.filter((_, i) => i % 4 === 1 || i % 4 === 2)
    assert.deepEqual(
      repaired,
      expected.map((key) => ({ bucket: bucket.name, key })),
    )
  })

  it('only counts where it is told so', async () => {
    const { run, reports, repaired } = auditOver(await someBucket(), { repairs: false })
    await run({ mode: 'changed' })
    assert.deepEqual(repaired, [])
    assert.deepEqual(reports[0], {
      mode: 'changed',
      counts: { skipped: 5, missing: 5, stale: 5, waiting: 5 },
      refusedByCode: {},
      repairs: 0,
      isComplete: true,
    })
  })

  it('goes on in another invocation when its time ends, and says the sum', async () => {
    const whole = auditOver(await someBucket())
    await whole.run({ mode: 'all' })
    const inParts = auditOver(await someBucket(), { keysInTime: 3 })
    await inParts.run({ mode: 'all' })
    assert.equal(inParts.events.length, 6)
    assert.deepEqual(inParts.reports, whole.reports)
    assert.deepEqual(inParts.repaired, whole.repaired)
    assert.equal(new Set(inParts.events.map(({ startedAt }) => startedAt)).size, 1)
  })

  it('is of the bucket that its event names, in each of its invocations', async () => {
    const bucket = await someBucket()
    const whole = auditOver(bucket)
    await whole.run({ mode: 'all' })
    const named = auditOver(await someBucket(), { keysInTime: 3, bucketName: 'another' })
    await named.run({ mode: 'all', bucket: bucket.name })
    assert.deepEqual(named.reports, [{ ...whole.reports[0], bucket: bucket.name }])
    assert.deepEqual(named.repaired, whole.repaired)
    assert.deepEqual(new Set(named.events.map((event) => event.bucket)), new Set([bucket.name]))
  })

  it('gives up before Lambda stops it, and says so', async () => {
    const { run, reports, events } = auditOver(await someBucket(), { keysInTime: 1 })
    await run({ mode: 'all' })
    assert.equal(events.length, MAX_INVOCATIONS - 1)
    assert.deepEqual(
      reports.map(({ isComplete }) => isComplete),
      [false],
    )
    assert.ok(MAX_INVOCATIONS < 16)
  })

  it('counts as unsettled all that it counts under the other names, except refused files', () => {
    const counts = { fine: 1, refused: 2, missing: 3, stale: 4, 'orphaned-report': 5, foreign: 6, unreadable: 7 }
    const measures = auditMeasures({ mode: 'all', counts, refusedByCode: {}, repairs: 0, isComplete: true })
    assert.deepEqual(Object.fromEntries(measures), {
      AuditMissing: 3,
      AuditStale: 4,
      AuditOrphanedReport: 5,
      AuditForeign: 6,
      AuditUnreadable: 7,
      AuditRefused: 2,
      AuditUnsettled: 25,
      AuditIncomplete: 0,
    })
    assert.equal(new Tally({ counts, refusedByCode: {} }).unsettled, 25)
  })

  it('takes no other event for one of its own', async () => {
    await assert.rejects(auditOver(new FakeBucket()).run({ mode: 'some' }), /mode/)
  })
})
