import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deleteVersions } from '../../../bin/operator/delete-versions.ts'
import { smoke } from '../../../bin/operator/smoke.ts'
import { checkStoredValues, smokeFile, smokeRows } from '../../../bin/operator/smoke-bars.ts'
import { enrichedBytes } from '../../../functions/enrich/enriched-bytes.ts'
import { parseSettings, type SettingsInput } from '../../../functions/lambda/function-settings.ts'
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import { deliverAll } from '../../fakes/sequences.ts'
import { readGolden } from '../../golden/supertrend-files.ts'
import { barsFile, someBars } from '../../parquet-files.ts'
import { LETTERS, letterOf, type OperatedBucketOptions, operatedBucket, REPAIRS } from './operated-bucket.ts'

interface SmokeTestOptions extends OperatedBucketOptions {
  /** What the function is deployed with, if that is not what it says. */
  readonly deployed?: SettingsInput
  /** Whether the function takes uploads and repairs. */
  readonly takes?: { readonly uploads: boolean; readonly repairs: boolean }
  readonly signal?: AbortSignal
}

/** Runs it on a bucket whose function takes what is uploaded at once. */
async function run({ deployed, takes, signal, ...options }: SmokeTestOptions = {}) {
  const { uploads, repairs } = takes ?? { uploads: true, repairs: true }
  const { bucket, queues, operated, lines } = operatedBucket(options)
  const deliver = (event: unknown) => deliverAll(bucket, deployed ?? options.settings ?? {}, [event])
  // what counts the messages takes none here
  queues.onCount = async () => {}
  bucket.upload('incoming/theirs.parquet', smokeFile({ columns: {} }))
  bucket.upload('incoming/zeros/theirs.parquet', smokeFile({ columns: {} }))
  bucket.upload('enriched/smoke.parquet', smokeFile({ columns: {} }))
  bucket.upload('sequences/smoke-2026.json', new Uint8Array())
  queues.put(LETTERS, letterOf(bucket.name, 'incoming/theirs.parquet'))
  const theirs = bucket.keysWithVersions
  const s3 = {
    send: async (command: { input: { Key: string } }, given: object) => {
      const answer = await (bucket.send as (command: object, given: object) => Promise<unknown>)(command, given)
      const { Key: key } = command.input
      const isUpload = command.constructor.name === 'PutObjectCommand' && key.startsWith('incoming/')
      const isChange = isUpload || (command.constructor.name === 'DeleteObjectCommand' && key.startsWith('incoming/'))
      if (isChange && uploads) await deliver({ bucket: bucket.name, key })
      return answer
    },
  } as unknown as S3Port
  const sqs = {
    send: async (command: object) => {
      const answer = await (queues.send as (command: object) => Promise<unknown>)(command)
      const sent = repairs ? queues.take(REPAIRS) : []
      for (const body of sent) await deliver(JSON.parse(body))
      return answer
    },
  } as unknown as typeof operated.sqs
  const times = { giveUpMs: 50, pollMs: 1 }
  const isWell = await smoke(
    { ...operated, s3, sqs },
    { deadLetterQueueUrl: LETTERS, ...times, ...(signal && { signal }) },
  )
  assert.deepEqual(bucket.keysWithVersions, theirs, 'it deletes all that it made, and nothing else')
  assert.equal(queues.bodies(LETTERS).length, 1, 'it takes its own letter, and no other')
  return { isWell, text: lines.join('\n'), requests: bucket.requests }
}

describe('the smoke test', { timeout: 120_000 }, () => {
  it('passes where everything works, whatever the settings, and leaves nothing', async () => {
    for (const options of [
      {},
      { versioned: true, settings: { chartPrefix: 'charts/', droppedPrefix: 'removed/', onRemoved: 'remove' } },
      { settings: { supertrends: [{ definition: 'tradingview', period: 10, multiplier: 2 }, {}], strict: true } },
      {
        settings: {
          columns: { time: ['Day', 'Clock'], symbol: 'Name', close: 'Last' },
          suffixes: ['.pq'],
          codec: 'ZSTD',
        },
      },
      { settings: { perPrefix: [{ prefix: 'incoming/', settings: { supertrends: [{ period: 3 }] } }] } },
    ] as const satisfies readonly OperatedBucketOptions[] as readonly OperatedBucketOptions[]) {
      const { isWell, text } = await run(options)
      assert.match(text, /^s3:\/\/market-data\/incoming\/smoke-2026-01-01T\S+\/\n {2}enriched after \d+ s, as /)
      assert.match(
        text,
        /\n {2}refused after \d+ s: not-parquet\n {2}corrected: .*\n {2}a dead letter is redriven .*\n/,
      )
      assert.match(text, /\n {2}deleted \d+ objects\nall is well$/)
      assert.equal(isWell, true)
    }
  })

  it('says which file is not enriched', async () => {
    const { isWell, text } = await run({ takes: { uploads: false, repairs: false } })
    assert.equal(isWell, false)
    assert.match(
      text,
      /failed: incoming\/smoke-\S+\/1-good\/bars\.parquet is not enriched after 0 s\n {2}deleted 2 objects/,
    )
    assert.match(text, /\nsomething is wrong$/)
  })

  it('says that another version is deployed', async () => {
    const { isWell, text } = await run({ deployed: { supertrends: [{ period: 3 }] } })
    assert.equal(isWell, false)
    assert.match(text, /enriched\/smoke-\S+ is not what the engine of this clone makes/)
  })

  it('says why a good file is refused', async () => {
    const { isWell, text } = await run({ deployed: { columns: { close: 'Last' } } })
    assert.equal(isWell, false)
    assert.match(text, /1-good\/bars\.parquet is refused \(columns\): /)
  })

  it('says that a redriven file is not enriched again, and how many messages wait before it', async () => {
    const { isWell, text } = await run({ takes: { uploads: true, repairs: false } })
    assert.equal(isWell, false)
    assert.match(
      text,
      /was sent from the dead letters, and was not enriched again after 0 s; 1 messages wait in repairs/,
    )
  })

  it('has files that continue each other where files do, and touches the sequence of nobody else', async () => {
    const others = { onRemoved: 'remove', strict: true, chartPrefix: 'charts/' } as const
    const settings = [
      { carry: { within: 'incoming/*/' }, ...others },
      ...['incoming/', 'incoming/*/*/', 'incoming/crypto/'].map((within) => ({ carry: { within } })),
    ]
    for (const each of settings) {
      const { isWell, text } = await run({ versioned: 'strict' in each, settings: each })
      assert.equal(isWell, true, text)
      assert.match(
        text,
        /\n {2}corrected: enriched, the file after it continues it, and its report is gone; all values /,
      )
    }
  })

  it('says where the file after a corrected one does not continue it', async () => {
    const settings = { carry: { within: 'incoming/*/' } }
    const { isWell, text } = await run({ settings, deployed: {} })
    assert.equal(isWell, false)
    assert.match(text, /enriched\/smoke-\S+ is not what the engine of this clone makes/)
  })

  it('deletes its files also when it is stopped', async () => {
    const { isWell, text } = await run({ signal: AbortSignal.abort(new Error('stopped by Ctrl-C')) })
    assert.equal(isWell, false)
    assert.match(text, /failed: stopped by Ctrl-C/)
  })
})

describe('the bars of the smoke test', () => {
  const settings = parseSettings({}, 512).enrich

  it('are the beginning of golden values that stockstats computed, with several trends', () => {
    const golden = readGolden('stockstats/calm-2000.csv')
    const rows = smokeRows()
    assert.equal(rows.length, 200)
    for (const [i, { datetime, ...row }] of rows.entries()) {
      const { datetime: time, line: _, upper: __, lower: ___, ...stored } = golden[i]!
      assert.equal(datetime.toISOString().slice(0, 19), time!.replace(' ', 'T'))
      assert.deepEqual(row, stored)
    }
    assert.ok(new Set(rows.map(({ st_trend_segment }) => st_trend_segment)).size >= 3)
  })

  it('have values from which those of another definition differ', async () => {
    const file = smokeFile(settings)
    await checkStoredValues([await enrichedBytes(file, settings)], settings)
    const [supertrend] = settings.supertrends
    const others = await enrichedBytes(file, {
      ...settings,
      supertrends: [{ ...supertrend!, definition: 'tradingview' }],
    })
    await assert.rejects(checkStoredValues([others], settings), /supertrend_\wb of row \d+ is .*; stockstats has /)
    const shorter = await enrichedBytes(barsFile(someBars(30)), settings)
    await assert.rejects(checkStoredValues([shorter], settings), /has 30 rows; expected are 200/)
  })
})

describe('the versions below a prefix', () => {
  it('are deleted page by page; an answer about other keys deletes nothing', async () => {
    const pages = [
      { Versions: [{ Key: 'p/1', VersionId: 'a' }], IsTruncated: true, NextKeyMarker: 'p/1', NextVersionIdMarker: 'a' },
      { Versions: [{ Key: 'p/2', VersionId: 'b' }], DeleteMarkers: [{ Key: 'p/3', VersionId: 'c' }] },
      { Versions: [{ Key: 'q/4', VersionId: 'd' }] },
    ]
    const deleted: unknown[] = []
    const send = async ({ constructor: { name }, input }: { constructor: { name: string }; input: object }) => {
      if (name === 'ListObjectVersionsCommand') return pages.shift()
      deleted.push(input)
      return {}
    }
    const s3 = { send } as unknown as S3Port
    assert.equal(await deleteVersions(s3, { bucket: 'b', prefix: 'p/' }), 3)
    await assert.rejects(deleteVersions(s3, { bucket: 'b', prefix: 'p/' }), /S3 listed q\/4 below p\//)
    assert.deepEqual(
      deleted,
      ['1 a', '2 b', '3 c'].map((text) => ({ Bucket: 'b', Key: `p/${text[0]}`, VersionId: text[2] })),
    )
  })
})
