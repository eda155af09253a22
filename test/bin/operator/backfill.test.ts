import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeEstimate, emptinessOf, estimateOf, runBackfill, type SfnPort } from '../../../bin/operator/backfill.ts'
import { BackfillEstimate, type EstimateProps } from '../../../bin/operator/estimate.ts'
import { broken, good, operatedBucket, REPAIRS } from './operated-bucket.ts'

const RUN = { stateMachineArn: 'arn', resultsBucket: 'first-bucket', pollMs: 1 }
const PROPS: EstimateProps = { memoryMiB: 512, concurrency: 2, isNew: true }

function estimate(sizes: Iterable<number>, props: Partial<EstimateProps> = {}) {
  const estimate = new BackfillEstimate({ ...PROPS, ...props })
  for (const size of sizes) estimate.add(size)
  return estimate.total
}

function* times(count: number, size: number): Generator<number> {
  for (let i = 0; i < count; i++) yield size
}

describe('the estimate of a backfill', () => {
  it('says tens of dollars for ten million small files, half of which S3 takes for writing them', () => {
    const { files, dollars, seconds } = estimate(times(10_000_000, 40_000))
    assert.equal(files, 10_000_000)
    assert.ok(dollars > 60 && dollars < 100, `${dollars} dollars`)
    assert.ok(seconds > 4 * 24 * 3600 && seconds < 6 * 24 * 3600, `${seconds / 86400} days`)
    // with a look for the outputs first
    const again = estimate(times(10_000_000, 40_000), { isNew: false }).dollars
    assert.ok(again > dollars + 8 && again < 115, `${again} dollars`)
  })

  it('adds up the bytes of each file', () => {
    const { dollars, seconds } = estimate(times(100, 1_000_000), { isNew: false, concurrency: 10 })
    const each = 0.123 + 0.057
    assert.ok(Math.abs(seconds - 10 * each) < 1e-9)
    const requests = 5 * 0.4e-6 + 5e-6 + 3 * 0.4e-6
    const child = 25e-6 + 1e-6 + 0.2 * (64 / 1024) * 16.67e-6
    const expected = 100 * (each * 0.5 * 0.0000133334 + 0.2e-6 + requests + 2970 * 0.5e-9) + child + 4 * 5e-6
    assert.ok(Math.abs(dollars - expected) < 1e-9, `${dollars} instead of ${expected}`)
  })

  it('takes the seconds of the memory that is set: a large file takes twice as long with half of it', () => {
    const large = (memoryMiB: number) => estimate([1e9], { memoryMiB }).seconds
    assert.deepEqual(
      [256, 512, 1024, 3008].map((memory) => Math.round(large(memory))),
      [125, 57, 26, 24],
    )
    assert.equal(Math.round(large(128)), 250)
    // between two sizes, those of the smaller one
    assert.equal(large(768), large(512))
  })

  it('is no shorter than its longest file takes, and nothing for no file', () => {
    assert.ok(estimate([1e9, 1], { concurrency: 10 }).seconds > 57)
    assert.deepEqual(estimate([]), { files: 0, bytes: 0, seconds: 0, dollars: 0 })
  })

  it('counts the files that would be enriched, and sees whether any is', async () => {
    const { operated, upload } = operatedBucket()
    await upload('incoming/new/a.parquet', good, false)
    await upload('incoming/new/a.txt', good, false)
    await upload('incoming/old/a.parquet', good)
    const [fresh, old] = [
      await estimateOf(operated, 'incoming/new/', { memoryMiB: 512, concurrency: 2 }),
      await estimateOf(operated, 'incoming/', { memoryMiB: 512, concurrency: 2 }),
    ]
    assert.deepEqual([fresh.files, fresh.isNew, old.files, old.isNew], [1, true, 2, false])
    assert.equal(emptinessOf(fresh), undefined)
    const misspelt = await estimateOf(operated, 'incoming/nwe/', { memoryMiB: 512, concurrency: 2 })
    assert.equal(emptinessOf(misspelt), 'there is no file that the function enriches; is the prefix right?')
    assert.match(describeEstimate(fresh), /^1 files, 0\.00 GB: about 1 minutes and 0\.00 dollars/)
  })
})

/** A state machine that sends what is under the prefix, but for keys with "unsent". */
function machineOn({ queues, bucket }: ReturnType<typeof operatedBucket>, mapRunArn = 'map') {
  const inputs: { bucket: string; prefix: string; again: boolean; isNew: number }[] = []
  let [total, succeeded] = [0, 0]
  const operations: Record<string, (input: { input: string }) => object> = {
    StartExecutionCommand: ({ input }) => {
      const run = JSON.parse(input)
      inputs.push(run)
      for (const key of bucket.keys.filter((key) => key.startsWith(run.prefix))) {
        total++
        if (key.includes('unsent')) continue
        succeeded++
        const size = run.isNew === 1 ? bucket.bytesOf(key)!.length : null
        queues.put(REPAIRS, JSON.stringify({ bucket: run.bucket, key, size, again: run.again }))
      }
      return { executionArn: 'run', startDate: new Date(bucket.now()) }
    },
    DescribeExecutionCommand: () => ({ status: succeeded === total ? 'SUCCEEDED' : 'FAILED' }),
    ListMapRunsCommand: () => ({ mapRuns: [{ mapRunArn }] }),
    DescribeMapRunCommand: () => ({ itemCounts: { total, succeeded, failed: total - succeeded } }),
  }
  const send = async (command: { input: { input: string } }) => operations[command.constructor.name]!(command.input)
  return { inputs, sfn: { send } as unknown as SfnPort }
}

describe('a backfill', () => {
  it('waits until every key was looked at, and counts the outcomes', async () => {
    const world = operatedBucket()
    const { upload, operated, lines, done } = world
    for (const name of ['a', 'b']) await upload(`incoming/${name}.parquet`, good, name === 'a')
    await upload('incoming/c.parquet', broken, false)
    const { sfn, inputs } = machineOn(world)
    const run = { prefix: 'incoming/', again: false, isNew: false, ...RUN }
    assert.equal(await runBackfill(operated, sfn, run), 0)
    assert.deepEqual(inputs, [{ bucket: operated.bucket, prefix: 'incoming/', again: false, isNew: 0 }])
    assert.equal(done.length, 3)
    assert.match(lines[0]!, /^started run; results: s3:\/\/first-bucket\/backfill-results\/$/)
    assert.deepEqual(lines.slice(1), [
      'succeeded',
      '3 of 3 keys sent, 0 not',
      'refused (not-parquet): incoming/c.parquet',
      'AuditMissing 0, AuditStale 0, AuditOrphanedReport 0, AuditForeign 0, AuditUnreadable 0, AuditRefused 1; 2 fine',
      '  refused (not-parquet): 1',
      '2 enriched or unchanged, 1 refused, 0 failed',
    ])
  })

  it('of everything again counts outputs that were right before and were not made again as failed', async () => {
    const world = operatedBucket()
    for (const name of ['again', 'fails', 'unsent']) await world.upload(`incoming/${name}.parquet`, good)
    for (const name of ['refused', 'refused-fails']) await world.upload(`incoming/${name}.parquet`, broken)
    const { sfn } = machineOn(world)
    const run = { prefix: 'incoming/', again: true, isNew: false, ...RUN }
    assert.equal(await runBackfill(world.operated, sfn, run), 4)
    const text = world.lines.join('\n')
    for (const name of ['fails', 'unsent', 'refused-fails']) {
      assert.ok(text.includes(`stale (not-made-again): incoming/${name}.parquet\n`), text)
    }
    assert.match(text, /1 enriched, 1 refused, 3 failed\n/)
    // without --again they are right
    world.queues.take(REPAIRS)
    const { sfn: anotherRun } = machineOn(world)
    assert.equal(await runBackfill(world.operated, anotherRun, { ...run, again: false, prefix: 'incoming/f' }), 0)
  })

  it('lists keys that failed or were not sent', async () => {
    const world = operatedBucket()
    for (const name of ['ok', 'fails', 'unsent']) await world.upload(`incoming/${name}.parquet`, good, false)
    const { sfn, inputs } = machineOn(world)
    const run = { prefix: 'incoming/', again: true, isNew: true, ...RUN }
    assert.equal(await runBackfill(world.operated, sfn, run), 3)
    assert.deepEqual(inputs, [{ bucket: world.operated.bucket, prefix: 'incoming/', again: true, isNew: 1 }])
    const text = world.lines.join('\n')
    assert.match(text, /2 of 3 keys sent, 1 not\n {2}the results cannot be read: NoSuchBucket/)
    assert.match(text, /missing: incoming\/fails\.parquet\nmissing: incoming\/unsent\.parquet/)
    assert.match(text, /1 enriched, 0 refused, 2 failed\nnot all keys were sent; see s3:\/\/first-bucket\//)
  })

  it('names the keys that Step Functions says it did not send, and why', async () => {
    const world = operatedBucket()
    await world.upload('incoming/unsent.parquet', good, false)
    const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
    const place = (id: string, name: string) => `backfill-results/${id}/${name}`
    const child = (error: object, ...keys: readonly string[]) => {
      const Items = keys.map((Key) => ({ Key }))
      return { ...error, Input: JSON.stringify({ Items, BatchInput: { isNew: 0 } }) }
    }
    const Key = (name: string) => [{ Key: place('map-1', name), Size: 1 }]
    const ResultFiles = {
      FAILED: Key('FAILED_0.json'),
      PENDING: Key('PENDING_0.json'),
      SUCCEEDED: Key('SUCCEEDED_0.json'),
    }
    world.bucket.upload(place('map-0', 'manifest.json'), json({ ResultFiles: { FAILED: Key('other.json') } }))
    world.bucket.upload(place('map-1', 'manifest.json'), json({ ResultFiles }))
    const failed = [
      child({ Error: 'SQS.Throttled', Cause: 'slow\u001b[2J' }, 'incoming/a.parquet', 'incoming/b.parquet'),
    ]
    world.bucket.upload(place('map-1', 'FAILED_0.json'), json(failed))
    const pending = Array.from({ length: 25 }, (_, i) => child({}, `incoming/${i}.parquet`))
    world.bucket.upload(place('map-1', 'PENDING_0.json'), json(pending))
    const { sfn } = machineOn(world, 'arn:aws:states:eu-west-1:1:mapRun:machine/Files:map-1')
    const resultsBucket = world.operated.bucket
    await runBackfill(world.operated, sfn, { prefix: 'incoming/', again: true, isNew: true, ...RUN, resultsBucket })
    const unsent = world.lines.filter((line) => line.startsWith('  '))
    assert.match(unsent[0]!, /^ {2}perhaps not sent: incoming\/a\.parquet \(SQS\.Throttled: slow.{1,10}\[2J\)$/)
    assert.ok(!unsent[0]!.includes('\u001b'))
    assert.match(unsent[1]!, /b\.parquet/)
    assert.equal(unsent[2], '  perhaps not sent: incoming/0.parquet (not started)')
    assert.equal(unsent[20], '  and more, in s3://market-data/backfill-results/')
    assert.equal(unsent.length, 21)
  })
})
