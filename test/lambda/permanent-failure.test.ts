import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const ROLE = 'User: arn:aws:sts::111111111111:assumed-role/function/x is not authorized to perform:'
const BY_KEY_POLICY = `${ROLE} kms:Decrypt on the resource because no resource-based policy allows the kms:Decrypt action`
const NO_IDENTITY_POLICY = 'because no identity-based policy allows the action'
const OF_OTHER_ACCOUNT = `${ROLE} kms:Decrypt on resource: arn:aws:kms:eu-west-1:222222222222:key/1 ${NO_IDENTITY_POLICY}`
const LOST_DECRYPT = OF_OTHER_ACCOUNT.replace('222222222222', '111111111111')
const LOST_READ = `${ROLE} s3:GetObject on resource: "arn:aws:s3:::b/incoming/a.parquet" ${NO_IDENTITY_POLICY}`

/** What S3 answers, as its documentation of error codes has it. */
function unreadable(name: string, status: number, message = name, isHeadDenied = false) {
  const bucket = new FakeBucket()
  const send = async (command: object, options: object) => {
    const { Key } = (command as { input: { Key?: string } }).input
    const isRead = command.constructor.name === 'GetObjectCommand'
    if (isRead) throw Object.assign(failure(name, status), { message })
    // without a body S3 cannot say why
    const isHead = command.constructor.name === 'HeadObjectCommand' && Key === 'incoming/a.parquet'
    if (isHeadDenied && isHead) throw failure('Forbidden', 403)
    return (bucket.send as (command: object, options: object) => Promise<unknown>)(command, options)
  }
  const lambda = lambdaOn({ send } as S3Port)
  const event = s3Event(bucket.name, bucket.upload('incoming/a.parquet', barsFile(someBars(50))))
  const receive = (count: number) =>
    lambda.handler(sqsEvent([event], { attributes: { ApproximateReceiveCount: String(count) } }))
  return { bucket, receive, ...lambda }
}

describe('an object that S3 does not let the function read', () => {
  for (const [name, status, message, code] of [
    ['InvalidObjectState', 403, "The operation is not valid for the object's storage class", 'archived'],
    ['KMS.DisabledException', 400, 'arn:aws:kms:...:key/1 is disabled.', 'kms-key'],
    ['KMS.KMSInvalidStateException', 400, 'arn:aws:kms:...:key/1 is pending deletion.', 'kms-key'],
    ['AccessDenied', 403, BY_KEY_POLICY, 'access-denied'],
    ['AccessDenied', 403, OF_OTHER_ACCOUNT, 'access-denied'],
  ] as const) {
    it(`by ${name} ("${message}") gets a report at once: ${code}`, async () => {
      const { bucket, receive, files, deadLetters } = unreadable(name, status, message)
      assert.deepEqual(await receive(1), { batchItemFailures: [] })
      assert.ok(files[0]?.outcome === 'refused' && files[0].code === code)
      assert.equal(JSON.parse(Buffer.from(bucket.bytesOf('failed/a.parquet.json')!).toString()).code, code)
      assert.deepEqual(deadLetters, [])
    })
  }

  it('gets a report also when not even its description may be read', async () => {
    const { bucket, receive, files } = unreadable('AccessDenied', 403, BY_KEY_POLICY, true)
    await receive(1)
    assert.ok(files[0]?.outcome === 'refused' && files[0].code === 'access-denied')
    await receive(2)
    assert.equal(files[1]?.outcome, 'unchanged')
    const { source } = JSON.parse(Buffer.from(bucket.bytesOf('failed/a.parquet.json')!).toString())
    assert.equal(source.key, 'incoming/a.parquet')
    assert.match(source.eTag, /^[0-9a-f]{32}$/)
  })

  it('because it lacks the key of the uploader gets a report, and one at the output key is foreign', async () => {
    const bucket = new FakeBucket()
    const { handler, files } = lambdaOn(bucket)
    const event = sqsEvent([s3Event(bucket.name, bucket.upload('incoming/a.parquet', barsFile(someBars(50))))])
    bucket.encrypted.add('incoming/a.parquet')
    await handler(event)
    assert.ok(files[0]?.outcome === 'refused' && files[0].code === 'customer-key')
    await handler(event)
    assert.equal(files[1]?.outcome, 'unchanged')

    // without such a key it is another object
    bucket.encrypted.delete('incoming/a.parquet')
    bucket.upload('incoming/a.parquet', barsFile(someBars(51)))
    bucket.upload('enriched/a.parquet', new Uint8Array(8))
    bucket.encrypted.add('enriched/a.parquet')
    await handler(event)
    assert.ok(files[2]?.outcome === 'refused' && files[2].code === 'foreign-output')
    await handler(event)
    assert.equal(files[3]?.outcome, 'unchanged')
  })

  for (const name of ['RequestTimeTooSkewed', 'AccountProblem', 'SignatureDoesNotMatch']) {
    it(`by ${name}, which says nothing about the object, is tried again`, async () => {
      const { receive, files } = unreadable(name, 403)
      await receive(9)
      assert.equal(files[0]?.outcome, 'failed')
    })
  }

  for (const message of ['Access Denied', LOST_READ, LOST_DECRYPT]) {
    it(`by a permission that the function lost is not the fault of the uploader ("${message}")`, async () => {
      const { bucket, receive, files, deadLetters } = unreadable('AccessDenied', 403, message, true)
      const failed = { batchItemFailures: [{ itemIdentifier: 'm0' }] }
      for (const count of [1, 3, 30]) assert.deepEqual(await receive(count), failed)
      assert.ok(files.every(({ outcome }) => outcome === 'failed'))
      assert.deepEqual([bucket.keys, deadLetters], [['incoming/a.parquet'], []])
    })
  }

  for (const name of ['KMS.ThrottlingException', 'KMS.KMSInternalException', 'KMS.KeyUnavailableException']) {
    it(`by a KMS that is busy or out of order (${name}) is tried again`, async () => {
      const { receive, files } = unreadable(name, 400)
      await receive(5)
      assert.equal(files[0]?.outcome, 'failed')
    })
  }
})

describe('a HEAD that S3 answers with 400', () => {
  const [KEY, OUTPUT] = ['incoming/a.parquet', 'enriched/a.parquet']

  for (const [why, error] of [
    ['an expired token', failure('ExpiredToken', 400)],
    ['nothing that a GET meets too', undefined],
  ] as const) {
    it(`because of ${why} makes no own output foreign: the file is tried again`, async () => {
      const bucket = new FakeBucket()
      const { handler, files } = lambdaOn(bucket)
      bucket.upload(KEY, barsFile(someBars(50)))
      const event = sqsEvent([{ bucket: bucket.name, key: KEY }])
      await handler(event)
      bucket.upload(KEY, barsFile(someBars(51)))
      bucket.failNext('HeadObject', OUTPUT, failure('BadRequest', 400))
      if (error) bucket.failNext('GetObject', OUTPUT, error)
      await handler(event)
      await handler(event)
      assert.deepEqual(
        files.map(({ outcome }) => outcome),
        ['enriched', 'failed', 'enriched'],
      )
    })
  }

  it('does not describe an input by its listing, which has no version, where a GET could read it', async () => {
    const bucket = new FakeBucket({ versioned: true })
    const { handler, files } = lambdaOn(bucket)
    bucket.upload(KEY, barsFile(someBars(50)))
    bucket.failNext('HeadObject', KEY, failure('BadRequest', 400))
    await handler(sqsEvent([{ bucket: bucket.name, key: KEY }]))
    assert.deepEqual([files[0]?.outcome, bucket.keys], ['failed', [KEY]])
  })
})
