import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'
import { HOSTILE_FILES } from './hostile-files.ts'

const MAX_LINE = 4_000
const FILES = quickOrThorough(
  HOSTILE_FILES.filter(({ isLarge }) => !isLarge).filter((_, i) => i % 3 === 0),
  HOSTILE_FILES,
)

const goodFile = barsFile(someBars(1000, 3))

describe('a hostile file, given to the function:', () => {
  for (const { name, bytes, answer } of FILES) {
    it(`${name}: ${answer}, reported once, and the next good file is enriched as before`, async () => {
      const bucket = new FakeBucket()
      const { handler, files, deadLetters, retries } = lambdaOn(bucket)
      const upload = (key: string, content: Uint8Array) => sqsEvent([s3Event(bucket.name, bucket.upload(key, content))])
      assert.deepEqual(await handler(upload('incoming/good.parquet', goodFile)), { batchItemFailures: [] })
      const before = bucket.bytesOf('enriched/good.parquet')!

      assert.deepEqual(await handler(upload('incoming/bad.parquet', bytes())), { batchItemFailures: [] })
      const [, file] = files
      assert.equal(file?.outcome === 'refused' ? file.code : file?.outcome, answer)
      assert.deepEqual(retries, [])
      assert.deepEqual(deadLetters, [])
      const ends = answer === 'enriched' ? 'enriched/bad.parquet' : 'failed/bad.parquet.json'
      assert.ok(bucket.bytesOf(ends))
      assert.ok(JSON.stringify(file).length < MAX_LINE)

      assert.deepEqual(await handler(upload('incoming/next.parquet', goodFile)), { batchItemFailures: [] })
      assert.ok(Buffer.compare(bucket.bytesOf('enriched/next.parquet')!, before) === 0)
    })
  }
})
