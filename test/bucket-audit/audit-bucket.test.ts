import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AuditOptions, auditBucket } from '../../functions/bucket-audit/audit-bucket.ts'
import { inOrder } from '../../functions/bucket-audit/in-order.ts'
import { type Finding, isUnsettled, needsRepair, type Verdict } from '../../functions/bucket-audit/judge-key.ts'
import { parseSettings, type SettingsInput } from '../../functions/lambda/function-settings.ts'
import { keysOf } from '../../functions/lambda/keys.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { lambdaOn } from '../fakes/lambda.ts'
import { barsFile, random, someBars } from '../parquet-files.ts'

const [good, other] = [barsFile(someBars(20)), barsFile(someBars(21))]
const broken = good.subarray(0, 100)
const MEMORY_MIB = 1024

interface Harness {
  readonly bucket: FakeBucket
  process(key: string, more?: object): Promise<unknown>
  audit(options?: AuditOptions, settings?: SettingsInput): Promise<Finding[]>
}

function harness({
  versioned = false,
  settings = {},
}: {
  versioned?: boolean
  settings?: SettingsInput
} = {}): Harness {
  const bucket = new FakeBucket({ versioned })
  let now = Date.UTC(2026, 0, 1)
  // a second for each request: whatever is written later has a later time
  bucket.now = () => (now += 1000)
  const { handler } = lambdaOn(bucket, { settings, memoryMiB: MEMORY_MIB })
  return {
    bucket,
    process: (key, more) => handler({ bucket: bucket.name, key, ...more }),
    audit: async (options, changed = settings) => {
      const audited = { s3: bucket, bucket: bucket.name, settings: parseSettings(changed, MEMORY_MIB) }
      return all(auditBucket(audited, options))
    },
  }
}

/** What is done to a key that was enriched before, and what an audit has to say of it. */
const CHANGES: Record<
  string,
  [verdict: Verdict | undefined, change: (h: Harness, key: string) => Promise<unknown> | unknown]
> = {
  nothing: ['fine', () => {}],
  'another file, not processed': ['stale', ({ bucket }, key) => bucket.upload(key, other)],
  'another file, processed': [
    'fine',
    async ({ bucket, process }, key) => {
      bucket.upload(key, other)
      await process(key)
    },
  ],
  'a damaged file, not processed': ['stale', ({ bucket }, key) => bucket.upload(key, broken)],
  'a damaged file, processed': [
    'refused',
    async ({ bucket, process }, key) => {
      bucket.upload(key, broken)
      await process(key)
    },
  ],
  'a damaged file, processed, and a good one': [
    'stale',
    async ({ bucket, process }, key) => {
      bucket.upload(key, broken)
      await process(key)
      bucket.upload(key, other)
    },
  ],
  'a damaged file, processed, and its input deleted': [
    'orphaned-report',
    async ({ bucket, process }, key) => {
      bucket.upload(key, broken)
      await process(key)
      bucket.delete(key)
    },
  ],
  'the input deleted': [undefined, ({ bucket }, key) => bucket.delete(key)],
  'the output deleted': ['missing', ({ bucket }, key) => bucket.delete(outputOf(key))],
  'the output overwritten by somebody else': ['foreign', ({ bucket }, key) => bucket.upload(outputOf(key), good)],
  'a damaged file, and a report of somebody else': [
    'foreign',
    async ({ bucket, process }, key) => {
      bucket.upload(reportOf(key), good)
      bucket.upload(key, broken)
      await process(key)
    },
  ],
  'a report written late': [
    'orphaned-report',
    async ({ bucket, process }, key) => {
      bucket.upload(key, broken)
      await process(key)
      const report = reportOf(key)
      const [bytes, metadata] = [bucket.bytesOf(report)!, bucket.metadataOf(report)!]
      bucket.upload(key, good)
      await process(key)
      bucket.upload(report, bytes, metadata)
    },
  ],
  'a report of somebody else': ['fine', ({ bucket }, key) => bucket.upload(reportOf(key), good)],
  'an ignored object beside it': ['fine', ({ bucket }, key) => bucket.upload(`${key}.txt`, good)],
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const outputOf = (key: string) => key.replace('incoming/', 'enriched/')
const reportOf = (key: string) => `${key.replace('incoming/', 'failed/')}.json`

/** Names that begin each other, with characters that sort differently as text and as bytes. */
function someNames(count: number, next: () => number): string[] {
  const pieces = ['a', '-', '.', '/', '\u{1F600}', '\uFFFD', ' ', '+', '%20', 'x.parquet']
  const names = new Set<string>()
  while (names.size < count) {
    const length = 1 + Math.floor(next() * 5)
    const name = `${Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)]).join('')}.parquet`
    if (!name.split('/').some((segment) => /^[_.]/.test(segment))) names.add(name)
  }
  return [...names]
}

const countsOf = (verdicts: readonly (Verdict | undefined)[]) => {
  const counts: Partial<Record<Verdict, number>> = {}
  for (const verdict of verdicts) if (verdict) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

describe('an audit', () => {
  for (const versioned of [false, true]) {
    const kind = versioned ? 'with versions' : 'without versions'
    it(`of a bucket ${kind} finds all changes, and nothing else, wherever it is cut in two`, async () => {
      const next = random(versioned ? 2 : 1)
      const h = harness({ versioned })
      const keys = someNames(120, next).map((name) => `incoming/${name}`)
      const expected = new Map<string, Verdict>()
      const kinds = Object.keys(CHANGES)
      for (const [i, key] of keys.entries()) {
        h.bucket.upload(key, good)
        await h.process(key)
        const [verdict, change] = CHANGES[kinds[i % kinds.length]!]!
        await change(h, key)
        if (verdict) expected.set(key, verdict)
      }
      const findings = await h.audit()
      assert.deepEqual(new Map(findings.map(({ key, verdict }) => [key, verdict])), expected)
      assert.deepEqual(countsOf(findings.map(({ verdict }) => verdict)), countsOf([...expected.values()]))
      assert.deepEqual(
        new Set(findings.flatMap(({ code }) => code ?? [])),
        new Set(['not-parquet', 'foreign-output', 'foreign-report']),
      )
      for (const at of [0, 1, 7, 50, findings.length - 1]) {
        assert.deepEqual(await h.audit({ startAfter: findings[at]!.key }), findings.slice(at + 1))
      }

      // what changed since is found without a look at the others
      const heads = h.bucket.requests.length
      const recent = await h.audit({ changedSince: new Date(0) })
      assert.deepEqual(recent.filter(needsRepair), findings.filter(needsRepair))
      assert.ok(h.bucket.requests.length - heads < 3 * keys.length)

      // reconcile agrees: what needs a repair is repaired, and the rest is left alone
      for (const { key } of findings.filter(needsRepair)) await h.process(key).catch(() => {})
      const after = await h.audit()
      assert.deepEqual(after.filter(needsRepair), [])
      const writes = h.bucket.requests.filter(({ name }) => name !== 'HeadObject').length
      // a report that cannot be written is computed each time
      for (const { key, verdict } of after) if (verdict !== 'foreign') await h.process(key)
      const more = h.bucket.requests.filter(({ name }) => name !== 'HeadObject').slice(writes)
      assert.deepEqual(
        more.map(({ name }) => name),
        [],
      )
    })
  }

  it('finds that everything is stale after the settings changed, but a refused file of theirs', async () => {
    const h = harness()
    for (const name of ['a', 'b']) {
      h.bucket.upload(`incoming/${name}.parquet`, name === 'a' ? good : broken)
      await h.process(`incoming/${name}.parquet`)
    }
    const findings = await h.audit({}, { supertrends: [{ period: 3 }] })
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['stale', 'stale'],
    )
  })

  it('needs one HEAD for each right output, and none where nothing has changed', async () => {
    const h = harness()
    const keys = Array.from({ length: 20 }, (_, i) => `incoming/${i}.parquet`)
    for (const key of keys) {
      h.bucket.upload(key, good)
      await h.process(key)
    }
    const count = async (options: AuditOptions) => {
      h.bucket.requests.length = 0
      const verdicts = countsOf((await h.audit(options)).map(({ verdict }) => verdict))
      return [h.bucket.requests.filter(({ name }) => name === 'HeadObject').length, verdicts]
    }
    assert.deepEqual(await count({}), [20, { fine: 20 }])
    assert.deepEqual(await count({ changedSince: new Date('2026-01-02') }), [0, { skipped: 20 }])
    assert.deepEqual(await count({ prefix: 'incoming/1' }), [11, { fine: 11 }])
  })

  it('goes on when S3 denies it an object, and counts the key', async () => {
    const h = harness()
    const keys = ['a', 'b', 'c', 'd'].map((name) => `incoming/${name}.parquet`)
    for (const key of keys) {
      h.bucket.upload(key, key === keys[2] ? broken : good)
      await h.process(key)
    }
    const denied = new Set([outputOf(keys[0]!), reportOf(keys[2]!)])
    const send = async (command: { input: { Key?: string } }, options: object) => {
      const { Key = '' } = command.input
      if (denied.has(Key)) throw failure('Forbidden', 403)
      // only the answer to a GET has a body, which names the reason
      const isHead = command.constructor.name === 'HeadObjectCommand'
      if (Key === outputOf(keys[3]!)) throw failure(isHead ? 'BadRequest' : 'KMS.DisabledException', 400)
      return (h.bucket.send as (command: object, options: object) => Promise<unknown>)(command, options)
    }
    const audited = {
      s3: { send } as unknown as S3Port,
      bucket: h.bucket.name,
      settings: parseSettings({}, MEMORY_MIB),
    }
    const findings = await all(auditBucket(audited))
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['unreadable', 'fine', 'unreadable', 'unreadable'],
    )
    assert.deepEqual(findings.filter(needsRepair), [])
    assert.ok(isUnsettled('unreadable'))
  })

  it('judges an input that only a listing describes, because it needs a key of the uploader', async () => {
    const h = harness()
    const key = 'incoming/a.parquet'
    h.bucket.upload(key, good)
    h.bucket.encrypted.add(key)
    const [missing] = await h.audit()
    await h.process(key)
    assert.deepEqual(
      [missing?.verdict, await h.audit()],
      ['missing', [{ key, verdict: 'refused', code: 'customer-key' }]],
    )
  })

  it('of outputs since a time finds the others stale', async () => {
    const h = harness()
    for (const name of ['a', 'b', 'c', 'd']) {
      h.bucket.upload(`incoming/${name}.parquet`, name < 'c' ? good : broken)
      await h.process(`incoming/${name}.parquet`)
    }
    const madeSince = new Date(h.bucket.now())
    for (const name of ['b', 'd']) await h.process(`incoming/${name}.parquet`, { again: true })
    const verdicts = (await h.audit({ madeSince })).map(({ verdict, code }) => code ?? verdict)
    assert.deepEqual(verdicts, ['not-made-again', 'fine', 'not-made-again', 'not-parquet'])
  })

  it('does not judge files that have just arrived', async () => {
    const h = harness()
    h.bucket.upload('incoming/a.parquet', good)
    const findings = await h.audit({ arrivedBefore: new Date('2025-12-31') })
    assert.deepEqual(findings, [{ key: 'incoming/a.parquet', verdict: 'waiting' }])
  })

  it('finds outputs without input only where those are to be removed', async () => {
    for (const [onRemoved, expected] of [
      ['keep', []],
      ['remove', ['stale']],
    ] as const) {
      const h = harness({ settings: { onRemoved } })
      h.bucket.upload('incoming/a.parquet', good)
      await h.process('incoming/a.parquet')
      h.bucket.delete('incoming/a.parquet')
      h.bucket.upload('enriched/of somebody else.parquet', good)
      assert.deepEqual(
        (await h.audit()).map(({ verdict }) => verdict),
        expected,
      )
    }
  })

  it('is right about names that are too long for the key of a report or an output', async () => {
    const settings = { inputPrefix: 'in/', outputPrefix: 'enriched/', failurePrefix: 'failed/' }
    const h = harness({ settings })
    const name = (letter: string, length: number) =>
      `${letter.repeat(length - 'in/'.length - '.parquet'.length)}.parquet`
    const keys = ['a', 'b', 'c', 'd'].map((letter) => `in/${name(letter, 1024)}`)
    for (const key of keys) {
      h.bucket.upload(key, broken)
      await h.process(key)
    }
    assert.ok(keys.every((key) => Buffer.byteLength(keysOf(parseSettings(settings, 512), key).report) <= 1024))
    h.bucket.upload(keys[1]!, good)
    h.bucket.upload(keys[2]!, good)
    await h.process(keys[2]!)
    h.bucket.delete(keys[3]!)
    const findings = await h.audit()
    assert.deepEqual(findings.map(({ key, verdict }) => [keys.indexOf(key), verdict]).sort(), [
      [0, 'refused'],
      [1, 'stale'],
      [2, 'fine'],
      [3, 'orphaned-report'],
    ])
  })

  it('judges an input with a key of the uploader (SSE-C) whose report has a shortened name', async () => {
    const bucket = new FakeBucket()
    const key = `incoming/${'x'.repeat(1007)}.parquet`
    bucket.upload(key, barsFile(someBars(20)))
    bucket.encrypted.add(key)
    await lambdaOn(bucket).handler({ bucket: bucket.name, key })
    const findings = await all(auditBucket({ s3: bucket, bucket: bucket.name, settings: parseSettings({}, 1024) }))
    assert.deepEqual(findings, [{ key, verdict: 'refused', code: 'customer-key' }])
  })
})

describe('work on many items', () => {
  it('is done side by side up to the limit, and answered in order', async () => {
    let [running, most] = [0, 0]
    const numbers = async function* () {
      yield* [5, 1, 4, 2, 3]
    }
    const results = inOrder(numbers(), 2, async (n) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, n))
      running--
      return n
    })
    assert.deepEqual(await all(results), [5, 1, 4, 2, 3])
    assert.equal(most, 2)
  })
})
