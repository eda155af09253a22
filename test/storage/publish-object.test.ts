import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutputBytes } from '../../functions/shared/byte-source.ts'
import type { ObjectSource } from '../../functions/storage/object-source.ts'
import {
  copyRanges,
  deleteObject,
  isOneRequest,
  publishObject,
  putObject,
} from '../../functions/storage/publish-object.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** Keeps what parts were made of when they arrived, and answers when the test's turn of the event loop is over. */
function recorder() {
  const parts: Buffer[] = []
  const names: string[] = []
  let underWay = 0
  let mostUnderWay = 0
  const send = async (command: { readonly input: { Body?: Uint8Array; PartNumber?: number } }) => {
    const name = command.constructor.name.replace(/Command$/, '')
    names.push(name)
    const { Body, PartNumber } = command.input
    if (name !== 'UploadPart' && name !== 'PutObject') return { UploadId: 'u1', CopyPartResult: { ETag: '"c"' } }
    mostUnderWay = Math.max(mostUnderWay, ++underWay)
    await new Promise((resolve) => setTimeout(resolve, 5))
    // the bytes are read at the end: the buffer must not have been used for another part meanwhile
    parts[(PartNumber ?? 1) - 1] = Buffer.from(Body!)
    underWay--
    return { ETag: '"p"' }
  }
  return { parts, names, underWay: () => underWay, mostUnderWay: () => mostUnderWay, s3: { send } as unknown as S3Port }
}

const object = (size: number) => ({ bucket: 'market-data', key: 'incoming/a.parquet', eTag: 'abc', size })
const target = { bucket: 'market-data', key: 'enriched/a.parquet', contentType: 'application/vnd.apache.parquet' }

function sourceOf(bytes: Uint8Array): ObjectSource {
  return { byteLength: bytes.length, bytesRead: 0, slice: async (start, end) => bytes.subarray(start, end) }
}

function output(layout: OutputBytes['layout'], ...pieces: Uint8Array[]): OutputBytes {
  return { layout, bytes: () => pieces }
}

function counting(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 12)) % 251
  return bytes
}

const tiny = { input: object(1), source: sourceOf(counting(1)), target }

describe('an output that fits into one part', () => {
  it('is written with one request: the input, then the new bytes', async () => {
    const { s3, parts, names } = recorder()
    const input = counting(100)
    const tail = output('appended', counting(7), counting(3))
    const { bytesWritten } = await publishObject(s3, {
      input: object(100),
      source: sourceOf(input),
      target,
      output: tail,
    })
    assert.deepEqual(names, ['PutObject'])
    assert.deepEqual(parts[0], Buffer.concat([input, counting(7), counting(3)]))
    assert.equal(bytesWritten, 110)
  })

  it('may fill the part', async () => {
    const { s3, names } = recorder()
    await publishObject(s3, { ...tiny, output: output('compacted', counting(8 * MIB)) })
    assert.deepEqual(names, ['PutObject'])
  })
})

describe('an output without bytes', () => {
  it('is not written', async () => {
    const { s3, names } = recorder()
    await assert.rejects(publishObject(s3, { ...tiny, output: output('compacted') }), /without bytes/)
    assert.deepEqual(names, [])
  })
})

describe('an output of several parts', () => {
  it('arrives whole though buffers are used again, two parts at a time', async () => {
    const { s3, parts, names, mostUnderWay } = recorder()
    const bytes = counting(50 * MIB + 5)
    const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 20 * MIB), bytes.subarray(20 * MIB)]
    const { bytesWritten } = await publishObject(s3, { ...tiny, output: output('compacted', ...pieces) })
    assert.ok(Buffer.concat(parts).equals(bytes))
    assert.deepEqual(
      parts.map(({ length }) => length),
      [...Array(6).fill(8 * MIB), 2 * MIB + 5],
    )
    assert.equal(bytesWritten, bytes.length)
    assert.equal(mostUnderWay(), 2)
    assert.deepEqual([names[0], names.at(-1)], ['CreateMultipartUpload', 'CompleteMultipartUpload'])
  })

  it('is given up when its bytes cannot be made', async () => {
    const { s3, names } = recorder()
    const broken: OutputBytes = {
      layout: 'compacted',
      bytes: function* () {
        yield counting(20 * MIB)
        throw new Error('a page is damaged')
      },
    }
    await assert.rejects(publishObject(s3, { ...tiny, output: broken }), /a page is damaged/)
    assert.equal(names.at(-1), 'AbortMultipartUpload')
  })

  it('is given up only when no part is on its way any more: one that arrives later would stay', async () => {
    const { s3, names, underWay } = recorder()
    let atTheEnd: number | undefined
    const send = (command: object) => {
      if (command.constructor.name === 'AbortMultipartUploadCommand') atTheEnd = underWay()
      return s3.send(command as never)
    }
    const broken: OutputBytes = {
      layout: 'compacted',
      bytes: function* () {
        yield counting(9 * MIB)
        throw new Error('a page is damaged')
      },
    }
    const publishing = publishObject({ send } as unknown as S3Port, { ...tiny, output: broken })
    await assert.rejects(publishing, /a page is damaged/)
    assert.deepEqual([names.filter((name) => name === 'UploadPart').length, atTheEnd], [1, 0])
  })

  it('is given up when the input was replaced before S3 copied it', async () => {
    const { s3, names } = recorder()
    const send = (command: object) => {
      if (command.constructor.name !== 'UploadPartCopyCommand') return s3.send(command as never)
      return Promise.reject(Object.assign(new Error('no match'), { $metadata: { httpStatusCode: 412 } }))
    }
    const publishing = publishObject({ send } as unknown as S3Port, {
      input: object(6 * MIB),
      source: sourceOf(counting(6 * MIB)),
      target,
      output: output('appended', counting(9)),
    })
    await assert.rejects(publishing, { name: 'SourceChangedError' })
    assert.equal(names.at(-1), 'AbortMultipartUpload')
  })
})

describe('the ranges that S3 copies', () => {
  for (const size of [5 * MIB, 512 * MIB, 512 * MIB + 1, 5 * GIB, 5 * GIB + 1, 50 * GIB - 3]) {
    it(`of ${size} bytes join without a gap, each a part that S3 takes`, () => {
      const ranges = copyRanges(size)
      assert.equal(ranges[0]?.[0], 0)
      assert.equal(ranges.at(-1)?.[1], size)
      for (const [i, [start, end]] of ranges.entries()) {
        assert.ok(end - start >= 5 * MIB && end - start <= 5 * GIB)
        if (i > 0) assert.equal(start, ranges[i - 1]![1])
      }
    })
  }
})

describe('a deletion', () => {
  const key = 'enriched/a.parquet'

  it('takes the object that was seen, and no other one', async () => {
    const bucket = new FakeBucket()
    const { eTag } = bucket.upload(key, counting(3))
    bucket.upload(key, counting(4))
    await deleteObject(bucket, { bucket: bucket.name, key }, eTag)
    assert.deepEqual(bucket.keys, [key])
    await deleteObject(bucket, { bucket: bucket.name, key }, bucket.eTagOf(key)!)
    assert.deepEqual(bucket.keys, [])
  })

  it('of an object that is gone already is done', async () => {
    const bucket = new FakeBucket()
    await deleteObject(bucket, { bucket: bucket.name, key }, 'abc')
    assert.equal(bucket.requests.length, 1)
  })

  for (const [name, status, thrown] of [
    ['OperationAborted', 409, 'ConflictError'],
    ['InternalError', 500, 'UncertainWriteError'],
    ['AccessDenied', 403, 'AccessDenied'],
  ] as const) {
    it(`that S3 answers with ${status} fails as ${thrown}`, async () => {
      const bucket = new FakeBucket()
      bucket.failNext('DeleteObject', key, failure(name, status))
      await assert.rejects(deleteObject(bucket, { bucket: bucket.name, key }, 'abc'), { name: thrown })
    })
  }
})

describe('an object', () => {
  it('below the smallest part that S3 takes is written with one request', () => {
    assert.deepEqual(
      [5 * MIB - 1, 5 * MIB].map((size) => isOneRequest({ size })),
      [true, false],
    )
  })
})

describe('the end of the time', () => {
  it('ends a write and a deletion', async () => {
    const bucket = new FakeBucket()
    const { key, eTag } = bucket.upload(target.key, counting(3))
    const ended = AbortSignal.abort()
    const mayHaveHappened = { name: 'UncertainWriteError' }
    await assert.rejects(putObject(bucket, target, counting(4), ended), mayHaveHappened)
    await assert.rejects(deleteObject(bucket, { bucket: bucket.name, key }, eTag, ended), mayHaveHappened)
    assert.equal(bucket.eTagOf(key), eTag)
  })
})
