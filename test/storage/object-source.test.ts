import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openObject } from '../../functions/storage/object-source.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'

const MIB = 2 ** 20

interface Answer {
  readonly status: number
  readonly range: string | undefined
  readonly chunks: readonly Uint8Array[]
}

function countingBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = i % 251
  return bytes
}

/** An object of counting bytes; `change` makes its answers wrong. */
function counting(size: number, change: (answer: Answer) => Answer | Error = (answer) => answer) {
  const content = countingBytes(size)
  const asked: Record<string, unknown>[] = []
  const send = async ({ input }: { readonly input: Record<string, unknown> }) => {
    asked.push(input)
    const [start = 0, last = size - 1] = (input.Range ? String(input.Range) : '').match(/\d+/g)?.map(Number) ?? []
    const part = content.subarray(start, last + 1)
    const middle = part.length >> 1
    const chunks = [part.subarray(0, middle), part.subarray(middle)]
    const range = input.Range ? `bytes ${start}-${last}/${size}` : undefined
    const answer = change({ status: range ? 206 : 200, range, chunks })
    if (answer instanceof Error) throw answer
    return {
      $metadata: { httpStatusCode: answer.status },
      ContentRange: answer.range,
      ContentLength: part.length,
      Body: (async function* () {
        yield* answer.chunks
      })(),
    }
  }
  const object = { bucket: 'market-data', key: 'incoming/a.parquet', eTag: 'abc', size }
  return { content, asked, open: (signal?: AbortSignal) => openObject({ send } as unknown as S3Port, object, signal) }
}

function failed(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } })
}

describe('a small object', () => {
  it('is fetched once, whatever is read of it', async () => {
    const { content, asked, open } = counting(1000)
    const source = await open()
    assert.deepEqual(await source.slice(10, 20), content.slice(10, 20))
    assert.deepEqual(await source.slice(0, 1000), content)
    assert.equal(asked.length, 1)
    assert.equal(source.bytesRead, 1000)
    assert.equal(source.byteLength, 1000)
  })

  it('without a byte is asked for too, for it may have been replaced', async () => {
    const { asked, open } = counting(0)
    assert.equal((await open()).byteLength, 0)
    assert.equal(asked.length, 1)
  })

  it('of another length than that of the event is not taken', async () => {
    const { open } = counting(1000, (answer) => ({ ...answer, status: 206 }))
    await assert.rejects(open(), /S3 answered 206, 1000 bytes.* for all of 1000/)
  })
})

describe('a large object', () => {
  it('is read piece by piece, each pinned to the content that the event names', async () => {
    const { content, asked, open } = counting(8 * MIB)
    const source = await open()
    assert.deepEqual(asked, [])
    assert.deepEqual(await source.slice(5, 1005), content.slice(5, 1005))
    assert.deepEqual(
      asked.map(({ IfMatch, Range }) => ({ IfMatch, Range })),
      [{ IfMatch: '"abc"', Range: 'bytes=5-1004' }],
    )
    assert.equal(source.bytesRead, 1000)
  })

  it('is put into the room that the reader offers', async () => {
    const { content, open } = counting(8 * MIB)
    const source = await open()
    const buffer = new Uint8Array(100)
    const read = await source.slice(7, 57, (length) => buffer.subarray(0, length))
    assert.equal(read.buffer, buffer.buffer)
    assert.deepEqual(read, content.slice(7, 57))
  })
})

describe('a request that fails', () => {
  const failingTimes = (times: number, failure: (answer: Answer) => Answer | Error) => {
    let failures = 0
    return counting(8 * MIB, (answer) => (failures++ < times ? failure(answer) : answer))
  }
  const cut = (answer: Answer) => ({ ...answer, chunks: answer.chunks.slice(1) })

  it('is sent again when its answer was short or S3 was busy, and gives the right bytes', async () => {
    for (const failure of [cut, () => failed('SlowDown', 503), () => new Error('socket hang up')]) {
      const { content, asked, open } = failingTimes(3, failure)
      assert.deepEqual(await (await open()).slice(3, 103), content.slice(3, 103))
      assert.equal(asked.length, 4)
    }
  })

  it('is not sent for ever', async () => {
    const { asked, open } = failingTimes(100, cut)
    await assert.rejects((await open()).slice(0, 100), /50 bytes of the 100/)
    assert.equal(asked.length, 4)
  })

  it('is not sent again when that cannot help', async () => {
    for (const failure of [failed('AccessDenied', 403), failed('PreconditionFailed', 412), failed('NoSuchKey', 404)]) {
      const { asked, open } = failingTimes(1, () => failure)
      await assert.rejects((await open()).slice(0, 100))
      assert.equal(asked.length, 1)
    }
  })

  it('is not sent again when time is up', async () => {
    const stop = new AbortController()
    const { asked, open } = failingTimes(100, () => {
      stop.abort()
      return new Error('aborted')
    })
    await assert.rejects((await open(stop.signal)).slice(0, 100))
    assert.equal(asked.length, 1)
  })
})

describe('an answer', () => {
  const read = async (change: (answer: Answer) => Answer | Error) => {
    const source = await counting(8 * MIB, change).open()
    await source.slice(0, 100)
  }

  it('with the whole object instead of the range is not taken', async () => {
    await assert.rejects(
      read((answer) => ({ ...answer, status: 200 })),
      /S3 answered 200, /,
    )
  })

  it('with another range is not taken', async () => {
    await assert.rejects(
      read((answer) => ({ ...answer, range: `bytes 1-100/${8 * MIB}` })),
      /"bytes 1-100\/8388608" for bytes 0-99/,
    )
  })

  it('of an object of another size is not taken', async () => {
    await assert.rejects(
      read((answer) => ({ ...answer, range: 'bytes 0-99/9000000' })),
      /of 8388608/,
    )
  })

  it('that ends early is not taken', async () => {
    await assert.rejects(
      read((answer) => ({ ...answer, chunks: answer.chunks.slice(1) })),
      /50 bytes of the 100/,
    )
  })

  it('that goes on is not taken', async () => {
    await assert.rejects(
      read((answer) => ({ ...answer, chunks: [...answer.chunks, new Uint8Array(1)] })),
      /101 bytes of the 100/,
    )
  })

  it('of 412 says that the object was replaced', async () => {
    await assert.rejects(
      read(() => failed('PreconditionFailed', 412)),
      { name: 'SourceChangedError' },
    )
  })

  it('of 404 says that the object is gone', async () => {
    await assert.rejects(
      read(() => failed('NoSuchKey', 404)),
      { name: 'SourceChangedError' },
    )
  })

  for (const [name, status] of [
    ['AccessDenied', 403],
    ['InvalidObjectState', 403],
    ['KMS.DisabledException', 400],
  ] as const) {
    it(`of ${status} ${name} says that the object may not be read, and is asked for once`, async () => {
      let asked = 0
      const answer = () => {
        asked++
        return failed(name, status)
      }
      await assert.rejects(read(answer), { name: 'SourceDeniedError', message: new RegExp(name) })
      assert.equal(asked, 1)
    })
  }

  it('of a missing bucket says nothing of the object', async () => {
    await assert.rejects(
      read(() => failed('NoSuchBucket', 404)),
      { name: 'NoSuchBucket' },
    )
  })
})
