import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { type Flip, supertrendFlips } from '../../functions/library.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { logged } from '../fakes/logged.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const QUICK = { supertrends: [{ period: 5, multiplier: 0.5 }] }

async function noticeOf(bytes: Uint8Array, settings: object, options: object = {}) {
  const bucket = new FakeBucket({ versioned: false })
  const lambda = lambdaOn(bucket, {
    announce: true,
    settings: { eventBus: 'market', ...QUICK, ...settings },
    ...options,
  })
  await lambda.handler(sqsEvent([s3Event(bucket.name, bucket.upload('incoming/a.parquet', bytes))]))
  assert.deepEqual(
    lambda.notices.map(({ detailType }) => detailType),
    ['Market File Enriched'],
  )
  const output = new Uint8Array(bucket.bytesOf('enriched/a.parquet')!)
  return { notice: lambda.notices[0]!, output, file: lambda.files[0]! }
}

describe('a notice', () => {
  const bars = someBars(400)

  it('lists the newest flips of the output that was published, appended or compacted', async () => {
    for (const [layout, rows] of [
      ['appended', bars],
      ['compacted', [...bars, ...bars.slice(300)]],
    ] as const) {
      const { notice, output, file } = await noticeOf(barsFile(rows), { noticeFlips: 3 })
      const flips = await supertrendFlips(output)
      assert.ok(flips.length > 10)
      assert.equal(notice.layout, layout)
      assert.equal(notice.flipCount, flips.length)
      assert.deepEqual(notice.flips, flips.slice(-3))
      // the log does not repeat them
      assert.ok(!JSON.stringify(logged(file)).includes(flips.at(-1)!.time))
    }
  })

  it('lists none by default, and none of a file without the columns that they need', async () => {
    const none = async (settings: object) => {
      const { notice } = await noticeOf(barsFile(bars), settings)
      assert.deepEqual([notice.flips, notice.flipCount], [undefined, undefined])
    }
    await none({})
    await none({ noticeFlips: 5, newColumns: ['atr'] })
  })

  it('lists as many as an event can hold', async () => {
    const named = someBars(4000).map((bar) => ({ ...bar, symbol: 'A'.repeat(100) }))
    const { notice, output } = await noticeOf(barsFile(named), {
      noticeFlips: 1000,
      supertrends: [{ period: 1, multiplier: 0.01 }],
    })
    const all = await supertrendFlips(output)
    const flips = notice.flips as Flip[]
    assert.ok(JSON.stringify(all.slice(-1000)).length > 128 * 1024)
    const size = JSON.stringify(flips).length
    assert.ok(size > 127 * 1024 && size <= 128 * 1024 + 2, `${size} bytes`)
    assert.deepEqual(flips, all.slice(-flips.length))
    assert.equal(notice.flipCount, all.length)
  })

  it('lists a flip at the first bar of a file that continues another', async () => {
    const flips = await supertrendFlips((await noticeOf(barsFile(bars), {})).output)
    const border = flips.at(-1)!.row
    const bucket = new FakeBucket()
    bucket.upload('incoming/a/0.parquet', barsFile(bars.slice(0, border)))
    bucket.upload('incoming/a/1.parquet', barsFile(bars.slice(border)))
    const settings = { eventBus: 'market', noticeFlips: 5, carry: { within: 'incoming/*/' }, ...QUICK }
    const lambda = lambdaOn(bucket, { announce: true, settings })
    const body = { bucket: bucket.name, key: 'incoming/a/0.parquet', sequence: 'incoming/a/' }
    const eventSourceARN = 'arn:aws:sqs:us-east-1:123456789012:bars-sequences.fifo'
    await lambda.handler(sqsEvent([body], { eventSourceARN }))
    const found = lambda.notices.map((notice) => (notice.flips as Flip[]).at(-1))
    assert.deepEqual(found, [flips.at(-2), { ...flips.at(-1), row: 0 }])
  })

  it('is sent without flips when these cannot be listed', async () => {
    const supertrends = [{ period: 1, multiplier: 0.01 }]
    const settings = { noticeFlips: 5, memoryBudgetMiB: 1, supertrends }
    const { notice, output } = await noticeOf(barsFile(someBars(20_000)), settings)
    await assert.rejects(supertrendFlips(output, { memoryBudgetBytes: 2 ** 20 }), { code: 'too-big' })
    assert.deepEqual([notice.flips, notice.flipCount], [undefined, undefined])
  })

  it('is sent without flips of a file that is too large to be held in memory', async () => {
    const columnData = [
      { name: 'time', type: 'TIMESTAMP' as const, data: bars.map(({ time }) => new Date(time)) },
      ...(['high', 'low', 'close'] as const).map((name) => ({
        name,
        type: 'DOUBLE' as const,
        data: bars.map((bar) => bar[name]),
      })),
      { name: 'note', type: 'STRING' as const, data: bars.map((_, i) => String(i).padEnd(50_000, '-')) },
    ]
    const large = new Uint8Array(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }))
    assert.ok(large.length > 16 * 2 ** 20)
    const { notice } = await noticeOf(large, { noticeFlips: 5 })
    assert.equal(notice.flips, undefined)
  })
})
