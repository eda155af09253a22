import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { CopyObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'
import { type Account, newAccount } from './deployment.ts'

let account: Account
let bucket: string
before(async () => {
  account = await newAccount(['local'])
  await account.cdk('bootstrap', 'aws://000000000000/us-east-1')
  await account.cdk('deploy', '--require-approval', 'never', '-c', 'environment=local')
  bucket = (await account.outputs('local')).BucketName!
})
after(() => account?.stop())

async function objectAt(Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await account.s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    return await Body!.transformToByteArray()
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
}

async function eventually<T>(what: string, seconds: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1000
  for (;;) {
    const result = await attempt()
    if (result !== undefined) return result
    if (Date.now() > giveUpAt)
      throw new Error(`${what}: not within ${seconds} s; ${account.host.log.slice(-5).join('\n')}`)
    await setTimeout(100)
  }
}

const put = (Key: string, Body: Uint8Array) => account.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

describe('the deployed app', () => {
  it('enriches what is dropped, byte for byte as the command line does', async () => {
    const input = barsFile(someBars(300))
    const { output } = await enrichBytes(input)
    const names = ['plain', 'a b', 'a+b', '100%', 'ünï/日本', 'date=2024-01-01/x']
    for (const name of names) await put(`incoming/${name}.parquet`, input)
    const source = encodeURIComponent(`${bucket}/incoming/plain.parquet`)
    await account.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'incoming/copied.parquet', CopySource: source }))
    for (const name of [...names, 'copied']) {
      const enriched = await eventually(name, 30, () => objectAt(`enriched/${name}.parquet`))
      assert.ok(Buffer.compare(enriched, output) === 0, name)
    }
    const { Contents } = await account.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'failed/' }))
    assert.deepEqual(Contents ?? [], [])
  })

  it('changes nothing when the same code is deployed again', async () => {
    const printed = await account.cdk('deploy', '--require-approval', 'never', '-c', 'environment=local')
    assert.match(printed, /no changes/)
  })
})
