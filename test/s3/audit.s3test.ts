/** Somebody changes a bucket with the AWS CLI, and no event of that arrives: the audit has to count exactly that. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Context } from 'aws-lambda'
import { auditMeasures, createAudit } from '../../functions/bucket-audit/handler.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { AUDIT_METRICS } from '../../functions/shared/names.ts'
import { type AwsCli, startAwsCli } from '../aws-cli/aws-cli.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { pythonWith } from '../python-environment.ts'
import { random } from '../random.ts'
import { type ContentName, ModelBucket } from './audit/model-bucket.ts'
import { CONTENTS } from './reconcile/contents.ts'
import { deliver } from './reconcile/deliver.ts'
import { keysFor, upload } from './reconcile/market-bucket.ts'
import type { S3Server } from './server.ts'
import { startVersitygw } from './versitygw.ts'

const BUCKET = 'audited'
/** What each key has held, one after the other, before the changes. */
const HISTORIES: readonly (readonly ContentName[])[] = [['a'], ['a'], ['b'], ['corrupt'], ['corrupt'], ['a', 'corrupt']]
const CHANGES = 24
const SEED = seedWithEach(Number(process.env.S3_PROOF_SEED ?? Date.now() % 1_000_000))

/** @returns the first seed from `first` on whose changes leave a key for each of the three metrics */
function seedWithEach(first: number): number {
  for (let seed = first; ; seed++) {
    const model = modelBefore()
    // the model makes each change before it names it
    Array.from(model.changes(random(seed), CHANGES))
    const counts = model.counts()
    const { missing, stale, 'orphaned-report': orphaned } = AUDIT_METRICS
    if ([missing, stale, orphaned].every((name) => counts[name]! > 0)) return seed
  }
}

function modelBefore(): ModelBucket {
  const model = new ModelBucket()
  for (const [i, history] of HISTORIES.entries()) {
    for (const content of history) model.uploadAndEnrich(nameOf(i), content)
  }
  return model
}

function nameOf(i: number): string {
  return `${i}.parquet`
}

describe('the audit', () => {
  let server: S3Server | undefined
  let cli: AwsCli | undefined
  const folder = temporaryFolder()
  before(async () => {
    server = await startVersitygw()
    cli = await startAwsCli(pythonWith(new URL('requirements.txt', import.meta.url), 'aws-cli'))
    await server.createBucket(BUCKET, false)
    for (const name of ['a', 'b', 'corrupt'] as const) writeFileSync(path.join(folder, name), CONTENTS[name].bytes)
  })
  after(() => Promise.all([server?.stop(), cli?.stop()]))

  const aws = async (...options: string[]) => {
    const [program, ...args] = cli!.command
    const env = { ...process.env, ...server!.environment }
    await promisify(execFile)(program, [...args, 's3', ...options], { env })
  }
  const at = (key: string) => `s3://${BUCKET}/${key}`

  it(`counts the changes made with the AWS CLI, by the list of seed ${SEED}`, async () => {
    const bucket = { s3: server!.s3, name: BUCKET, isVersioned: false }
    for (const [i, history] of HISTORIES.entries()) {
      for (const content of history) await deliver(bucket.s3, await upload(bucket, nameOf(i), CONTENTS[content]))
    }
    const model = modelBefore()
    // S3 states whole seconds: a later upload of the same bytes is another one to a report
    await setTimeout(1_100)
    for (const change of model.changes(random(SEED), CHANGES)) {
      const { input, output, report } = keysFor(change.name)
      if (change.what === 'put') await aws('cp', path.join(folder, change.content), at(input))
      else if (change.what === 'copy') await aws('cp', at(keysFor(change.from).input), at(input))
      else await aws('rm', at({ input, output, report }[change.of]))
    }
    assert.deepEqual(await auditOf(bucket.s3), model.counts())
  })
})

async function auditOf(s3: S3Server['s3']): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const audit = createAudit({
    s3,
    bucket: BUCKET,
    settings: parseSettings({}, 512),
    maxWaitMs: 0,
    repair: undefined,
    goOn: async () => assert.fail('an audit of some keys goes on'),
    report: (result) => Object.assign(counts, Object.fromEntries(auditMeasures(result))),
  })
  await setTimeout(1_100)
  await audit({ mode: 'all' }, { getRemainingTimeInMillis: () => 120_000 } as unknown as Context)
  return counts
}
