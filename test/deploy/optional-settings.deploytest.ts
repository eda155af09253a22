import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { OPTIONS } from '../lib/synthesised.ts'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'
import { type Account, newAccount } from './deployment.ts'

/** Optional settings that the emulator does not have, or that belong to an account, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'an existing bucket': 'it is not in the account',
  'an existing bucket with a key': 'it is not in the account',
  'a key that exists': 'it is not in the account',
  'topics of another tool': 'they are not in the account',
  'an account and a region': 'it is another account',
  'no tracing': 'the row that is deployed has none',
}

const EVENTBRIDGE = 'arrivals through EventBridge'
const CARRIED = 'files that continue each other'
const apart: readonly string[] = [EVENTBRIDGE, CARRIED]
const others = Object.keys(OPTIONS).filter((name) => !(name in ELSEWHERE) && !apart.includes(name))

for (const together of [others, apart]) {
  describe(`a stack with ${together === others ? `${others.length} optional settings` : apart.join(' and ')}`, () => {
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

    it('passes the smoke test, which leaves nothing', async () => {
      const { BucketName: Bucket = '' } = await account.outputs('local')
      const env = { ...process.env, ...account.operator }
      const smoke = promisify(execFile)(process.execPath, ['bin/smoke.ts', '--environment', 'local'], { env })
      const { stdout } = await smoke.catch(({ stdout, stderr }) => assert.fail(`${stdout}${stderr}`))
      const corrected = together.includes(CARRIED) ? 'enriched, the file after it continues it' : 'enriched'
      assert.match(stdout, new RegExp(`\\n {2}corrected: ${corrected}, and its report is gone`))
      assert.match(stdout, /\nall is well\n$/)
      const { Versions = [], DeleteMarkers = [] } = await account.s3.send(new ListObjectVersionsCommand({ Bucket }))
      const left = [...Versions, ...DeleteMarkers].map(({ Key }) => Key!)
      assert.deepEqual(
        left.filter((key) => key.includes('smoke')),
        [],
      )
    })
  })
}
