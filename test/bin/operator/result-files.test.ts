import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unsentKeys } from '../../../bin/operator/result-files.ts'
import { FakeBucket } from '../../fakes/bucket.ts'

const RUN = 'ad9b5f27-090b-3ac6-9beb-243cd77144a7'
const MACHINE = 'arn:aws:states:us-east-2:123456789012'
const MAP_RUN = `${MACHINE}:mapRun:Backfill/Files:${RUN}`
const FOLDER = `backfill-results/${RUN}`
const result = (name: string) => ({ Key: `${FOLDER}/${name}`, Size: 1 })

/**
 * The fields of the files as the developer guide shows them ("ResultWriter", the contents of manifest.json and SUCCEEDED_n.json),
 * and as programs that read those of real map runs declare them. No file of an account of ours has been seen.
 */
const MANIFEST = {
  DestinationBucket: 'market-data',
  MapRunArn: MAP_RUN,
  ResultFiles: {
    FAILED: [result('FAILED_0.json'), result('FAILED_1.json')],
    PENDING: [result('PENDING_0.json')],
    SUCCEEDED: [result('SUCCEEDED_0.json')],
  },
}
const inputOf = (...keys: readonly string[]) =>
  JSON.stringify({
    BatchInput: { again: false, isNew: 1, bucket: 'market-data' },
    Items: keys.map((Key) => ({ Etag: '"e"', Key, LastModified: 1_700_000_000, Size: 1234, StorageClass: 'STANDARD' })),
  })
const ended = (name: string) => ({
  ExecutionArn: `${MACHINE}:express:Backfill/Files:${RUN}:${name}`,
  InputDetails: { Included: true },
  Name: name,
  StartDate: '2026-01-01T10:00:00.000Z',
  StateMachineArn: `${MACHINE}:stateMachine:Backfill/Files`,
  StopDate: '2026-01-01T10:00:01.000Z',
})
const failed = (...keys: readonly string[]) => ({
  ...ended('one'),
  Cause: 'Rate exceeded',
  Error: 'Sqs.SqsException',
  Input: inputOf(...keys),
  OutputDetails: { Included: true },
  Status: 'FAILED',
})
const succeeded = {
  ...ended('two'),
  Input: inputOf('incoming/sent.parquet'),
  Output: '{"sent":1}',
  Status: 'SUCCEEDED',
}
const pending = { Input: inputOf('incoming/pending.parquet'), InputDetails: { Included: true }, Status: 'PENDING' }

async function unsentIn(files: Readonly<Record<string, string>>) {
  const bucket = new FakeBucket({ versioned: false })
  for (const [name, text] of Object.entries(files)) bucket.upload(`${FOLDER}/${name}`, Buffer.from(text))
  const found: string[] = []
  for await (const { key, why } of unsentKeys(bucket, bucket.name, MAP_RUN)) found.push(`${key} (${why})`)
  return found
}

describe('the result files of a map run', () => {
  const json = (value: unknown) => JSON.stringify(value)
  const files = {
    'manifest.json': json(MANIFEST),
    'FAILED_0.json': json([failed('incoming/a.parquet', 'incoming/b c.parquet')]),
    'FAILED_1.json': json([failed('incoming/d.parquet')]),
    'PENDING_0.json': json([pending]),
    'SUCCEEDED_0.json': json([succeeded]),
  }
  const expected = [
    'incoming/a.parquet (Sqs.SqsException: Rate exceeded)',
    'incoming/b c.parquet (Sqs.SqsException: Rate exceeded)',
    'incoming/d.parquet (Sqs.SqsException: Rate exceeded)',
    'incoming/pending.parquet (not started)',
  ]

  it('name the keys that were not sent, as the developer guide shows the files', async () => {
    assert.deepEqual(await unsentIn(files), expected)
  })

  it('may have a child on each line, and its input as a value', async () => {
    const lines = [failed('incoming/a.parquet', 'incoming/b c.parquet')].map((child) =>
      json({ ...child, Input: JSON.parse(child.Input) }),
    )
    assert.deepEqual(await unsentIn({ ...files, 'FAILED_0.json': `${lines.join('\n')}\n` }), expected)
  })

  it('may be missing: without a manifest nothing is known', async () => {
    assert.deepEqual(await unsentIn({ 'FAILED_0.json': files['FAILED_0.json'] }), [])
    const { 'PENDING_0.json': _, ...others } = files
    assert.deepEqual(await unsentIn(others), expected.slice(0, 3))
  })
})
