/** Finds regressions of speed by counts that do not depend on the machine: bytes, requests and memory. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars, temporaryFolder } from '../parquet-files.ts'
import { startCli } from '../programs.ts'
import { makeBars } from './make-bars.ts'

const scratch = temporaryFolder()

async function trafficOf(input: Uint8Array) {
  const bucket = new FakeBucket()
  const { handler, files } = lambdaOn(bucket)
  await handler(sqsEvent([s3Event(bucket.name, bucket.upload('incoming/bars.parquet', input))]))
  const [file] = files
  assert.ok(file?.outcome === 'enriched', JSON.stringify(file))
  const gets = bucket.requests.filter(({ name }) => name === 'GetObject').length
  return { gets, down: file.bytesRead / input.length, up: file.bytesWritten / input.length }
}

const ARRAYS = ['ArrayBuffer', 'Uint8Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array'] as const

/** @returns the bytes of the arrays that are made meanwhile, except views of others */
async function newArrayBytes(work: () => Promise<unknown>): Promise<number> {
  let bytes = 0
  const originals = ARRAYS.map((name) => [name, globalThis[name]] as const)
  for (const [name, original] of originals) {
    const counting = new Proxy<new (...args: never[]) => { byteLength: number }>(original, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget)
        if (typeof args[0] === 'number') bytes += made.byteLength
        return made
      },
    })
    Object.assign(globalThis, { [name]: counting })
  }
  try {
    await work()
  } finally {
    for (const [name, original] of originals) Object.assign(globalThis, { [name]: original })
  }
  return bytes
}

describe('the cost of a file', () => {
  it('is few new arrays in a warm function, whose memory the file before has used', async () => {
    const bucket = new FakeBucket()
    const { handler, files } = lambdaOn(bucket)
    const input = barsFile(someBars(35_000))
    const enriching = (name: string) => {
      const event = sqsEvent([s3Event(bucket.name, bucket.upload(`incoming/${name}.parquet`, input))])
      return () => handler(event)
    }
    const first = await newArrayBytes(enriching('first'))
    const second = await newArrayBytes(enriching('second'))
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['enriched', 'enriched'],
    )
    assert.ok(second <= 0.5 * 2 ** 20 && second < first / 4, `${first} bytes, then ${second}`)
  })

  it('is a download of four of its six columns and an upload of a few hundredths of its size', async () => {
    const input = barsFile(someBars(300_000), { codec: 'UNCOMPRESSED', rowGroupSize: 100_000 })
    const { gets, down, up } = await trafficOf(input)
    assert.ok(down <= 0.75, `${down} of the file was read`)
    assert.ok(up <= 0.06, `${up} of the file was uploaded`)
    // two for each row group, whose times and prices have the opening prices between them, and two for the footer
    assert.ok(gets <= 2 + 3 * 2, `${gets} requests`)
  })

  it('is at most one request for each 256 KiB when its row groups are small', async () => {
    const input = barsFile(someBars(60_000), { codec: 'UNCOMPRESSED', rowGroupSize: 20 })
    const { gets } = await trafficOf(input)
    assert.ok(gets <= 5 + input.length / 2 ** 18, `${gets} requests for ${input.length} bytes`)
  })

  it('is the same memory for 1 and for 6 million rows, even in one row group with one page per column', async () => {
    const peak = async (rows: number, rowGroupRows: number) => {
      const input = path.join(scratch, `${rows}.parquet`)
      await makeBars(input, { rows, rowGroupRows })
      const { stdout, stderr, code } = await startCli(input, path.join(scratch, 'out.parquet'), '--json')
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout).peakMemoryMiB as number
    }
    const [small, large] = [await peak(1_000_000, 122_880), await peak(6_000_000, 122_880)]
    assert.ok(large <= small + 40, `${small} MiB, then ${large} MiB`)
    const whole = await peak(6_000_000, 6_000_000)
    assert.ok(whole <= small + 40, `${small} MiB, then ${whole} MiB in one row group`)
  })

  it('is the same memory for 120,000 and for 1.2 million duplicates in random places', async () => {
    const peak = async (rows: number) => {
      const input = path.join(scratch, 'duplicates.parquet')
      await makeBars(input, { rows, duplicates: { kind: 'at random', share: 0.5 } })
      const { stdout, stderr, code } = await startCli(input, path.join(scratch, 'out.parquet'), '--json')
      assert.equal(code, 0, stderr)
      const { duplicatesDropped, peakMemoryMiB } = JSON.parse(stdout)
      assert.equal(duplicatesDropped, rows / 2)
      return peakMemoryMiB as number
    }
    // ten times the duplicates: 53 bytes for each would be 114 MiB; the garbage collector's timing alone makes 60 MiB
    const [small, large] = [await peak(240_000), await peak(2_400_000)]
    assert.ok(large <= small + 90, `${small} MiB, then ${large} MiB`)
  })
})
