import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CODE_DIMENSION, METRIC_NAMESPACE, WARNINGS_METRIC } from '../../functions/shared/names.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { logged } from '../fakes/logged.ts'
import { barsFile, someBars } from '../parquet-files.ts'

/** One bar without a price, and one that came again with another close. */
const bars = someBars(60).map((bar, i) => (i === 20 ? { ...bar, open: 0, high: 0, low: 0, close: 0 } : bar))
const warned = barsFile([...bars, { ...bars[3]!, close: 1 }])
const CODES = ['conflicting-duplicates', 'zero-prices']

const codesOf = (warnings: unknown) => (warnings as { code: string; message: string }[]).map(({ code }) => code)

async function taken(bytes: Uint8Array) {
  const bucket = new FakeBucket({ versioned: false })
  const lambda = lambdaOn(bucket, { announce: true, settings: { chartPrefix: 'charts/' } })
  await lambda.handler(sqsEvent([s3Event(bucket.name, bucket.upload('incoming/a.parquet', bytes))]))
  const textOf = (key: string) => Buffer.from(bucket.bytesOf(key) ?? []).toString()
  return { ...lambda, textOf, file: lambda.files[0]! }
}

describe('the warnings of a file', () => {
  it('are in the notice, the chart beside the file, and the log', async () => {
    const { file, notices, textOf } = await taken(warned)
    assert.deepEqual(codesOf(notices[0]!.warnings), CODES)
    assert.match(
      textOf('charts/a.parquet.html'),
      /<li>1 of 61 rows [^<]*--keep last[^<]*<\/li><li>1 of 60 rows is 0 in all prices/,
    )
    const [line] = logged(file).filter(({ message }) => message === 'file enriched')
    assert.deepEqual(codesOf((line!.quality as { warnings: unknown }).warnings), CODES)
  })

  it('count by code, each as one metric', async () => {
    const { file } = await taken(warned)
    const counted = logged(file).filter((line) => line[WARNINGS_METRIC] !== undefined)
    assert.deepEqual(
      counted.map((line) => [line[CODE_DIMENSION], line[WARNINGS_METRIC]]),
      CODES.map((code) => [code, 1]),
    )
    for (const { _aws } of counted) {
      const [{ Namespace, Dimensions }] = (_aws as { CloudWatchMetrics: [Record<string, unknown[][]>] })
        .CloudWatchMetrics
      assert.deepEqual([Namespace, Dimensions![0]!.includes(CODE_DIMENSION)], [METRIC_NAMESPACE, true])
    }
  })

  it('are in the report of its failure', async () => {
    const again = bars.map((bar) => ({ ...bar, high: 200 }))
    const { file, textOf } = await taken(barsFile([...bars, ...again]))
    assert.equal(file.outcome, 'refused')
    const { code, warnings } = JSON.parse(textOf('failed/a.parquet.json'))
    assert.equal(code, 'conflicting-duplicates')
    assert.deepEqual(codesOf(warnings), CODES)
  })
})
