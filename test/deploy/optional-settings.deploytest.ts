import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { OPTIONS } from '../lib/synthesised.ts'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'
import { type Account, newAccount } from './deployment.ts'

/** Optional settings that are not deployed here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'an existing bucket': 'it is not in the account',
  'an existing bucket with a key': 'it is not in the account',
  'a key that exists': 'it is not in the account',
  'topics of another tool': 'they are not in the account',
  'an account and a region': 'it is another account',
  'files that continue each other': 'sequences.deploytest.ts deploys it',
  'no tracing': 'the row that is deployed has none',
}

const EVENTBRIDGE = 'arrivals through EventBridge'
const others = Object.keys(OPTIONS).filter((name) => !(name in ELSEWHERE) && name !== EVENTBRIDGE)

for (const together of [others, [EVENTBRIDGE]]) {
  describe(`a stack with ${together.length > 1 ? `${together.length} optional settings` : together}`, () => {
    let account: Account
    before(async () => {
      account = await newAccount(['local'], together)
      await account.bootstrap()
      await account.deploy('local')
    })
    after(() => account?.stop())

    it('is deployed, and enriches', async () => {
      const { BucketName: Bucket = '', OnCallPolicyArn, EncryptionKeyArn } = await account.outputs('local')
      const hasBoth = together.includes('a new key') && together.includes('a policy for the role on call')
      assert.equal(hasBoth, /:policy\/.* arn:aws:kms:/.test(`${OnCallPolicyArn} ${EncryptionKeyArn}`))
      const bars = barsFile(someBars(300))
      await account.s3.send(new PutObjectCommand({ Bucket, Key: 'incoming/a.parquet', Body: bars }))
      const giveUpAt = Date.now() + 90_000
      for (;;) {
        const get = new GetObjectCommand({ Bucket, Key: 'enriched/a.parquet' })
        const answer = await account.s3.send(get).catch(() => undefined)
        if (answer) {
          const { output } = await enrichBytes(bars)
          assert.equal(Buffer.compare(await answer.Body!.transformToByteArray(), output), 0)
          return
        }
        assert.ok(Date.now() < giveUpAt, account.host.log.slice(-5).join('\n'))
        await setTimeout(200)
      }
    })
  })
}
