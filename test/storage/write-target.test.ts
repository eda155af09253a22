import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConflictError, conditionHeaders, uncertainWrite, writeFailure } from '../../functions/storage/write-target.ts'
import { failure } from '../fakes/bucket.ts'

const target = { bucket: 'market-data', key: 'enriched/a.parquet', contentType: 'text/plain' }
const onNew = { ...target, onlyIf: 'new' } as const
const onSeen = { ...target, onlyIf: { eTag: 'abc' } }

describe('the condition of a write', () => {
  it('is that there is nothing, or the object that was seen', () => {
    assert.deepEqual(conditionHeaders(target), {})
    assert.deepEqual(conditionHeaders(onNew), { IfNoneMatch: '*' })
    assert.deepEqual(conditionHeaders(onSeen), { IfMatch: '"abc"' })
  })
})

describe('a write that fails', () => {
  const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined)

  for (const [name, status, ofTarget, ofNew, ofSeen] of [
    ['PreconditionFailed', 412, 'ConflictError', 'ConflictError', 'ConflictError'],
    ['ConditionalRequestConflict', 409, 'ConflictError', 'ConflictError', 'ConflictError'],
    ['OperationAborted', 409, 'OperationAborted', 'OperationAborted', 'OperationAborted'],
    ['NoSuchKey', 404, 'NoSuchKey', 'ConflictError', 'ConflictError'],
    ['NoSuchBucket', 404, 'NoSuchBucket', 'NoSuchBucket', 'NoSuchBucket'],
    ['AccessDenied', 403, 'AccessDenied', 'AccessDenied', 'AccessDenied'],
    ['InternalError', 500, 'UncertainWriteError', 'UncertainWriteError', 'UncertainWriteError'],
    ['SlowDown', 503, 'UncertainWriteError', 'UncertainWriteError', 'UncertainWriteError'],
  ] as const) {
    it(`with ${status} ${name} is ${ofSeen} when the object had to be the one that was seen`, () => {
      const names = [target, onNew, onSeen].map((one) => nameOf(writeFailure(one, failure(name, status))))
      assert.deepEqual(names, [ofTarget, ofNew, ofSeen])
    })
  }

  it('without an answer may have taken effect, and says why', () => {
    const error = writeFailure(onNew, new Error('socket hang up'))
    assert.equal(nameOf(error), 'UncertainWriteError')
    assert.match(String(error), /s3:\/\/market-data\/enriched\/a\.parquet .* socket hang up$/)
    assert.equal(uncertainWrite(target, failure('PreconditionFailed', 412)), undefined)
  })

  it('with a conflict may have met its own write, unless the SDK is known to have sent it once', () => {
    const mayBeOwn = (attempts: number | undefined) => {
      const cause = failure('PreconditionFailed', 412)
      Object.assign(cause.$metadata, { attempts })
      return new ConflictError(target, cause).mayBeOwn
    }
    assert.deepEqual([undefined, 1, 2].map(mayBeOwn), [true, false, true])
  })
})
