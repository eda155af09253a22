import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  type Identity,
  identityMetadata,
  identityOf,
  isForeignOutput,
  isOfNewerDeployment,
  isOfSource,
  isOutputOf,
  isReportOf,
  isSameOutput,
  type OwnObject,
  ownObject,
  settingsDigest,
} from '../../functions/lambda/identity.ts'
import { OBJECT_METADATA as KEYS } from '../../functions/shared/names.ts'
import { SETTINGS } from '../parquet-files.ts'

const IDENTITY: Identity = {
  source: {
    ...{ bucket: 'bucket', key: 'incoming/a.parquet', size: 9 },
    ...{ eTag: 'e1', versionId: 'v1', lastModified: new Date('2024-01-02T03:04:05Z') },
  },
  digest: 'digest',
  memoryMiB: 512,
  timeoutSeconds: 300,
  deployment: { stack: 'stack', number: 7 },
}

const withMetadata = (metadata: Readonly<Record<string, string>>) =>
  ownObject({ size: 1, eTag: 'eown', lastModified: undefined, versionId: undefined, metadata })

/** What the function wrote, with other metadata than those of IDENTITY. */
const written = (changed: Readonly<Record<string, string>> = {}): OwnObject =>
  withMetadata({ ...identityMetadata(IDENTITY), ...changed })!

/** Each of them makes another output. */
const OTHERS: readonly Readonly<Record<string, string>>[] = [
  { [KEYS.sourceETag]: 'e2' },
  { [KEYS.sourceVersion]: 'v2' },
  { [KEYS.settings]: 'other' },
  { [KEYS.engine]: '0' },
]

describe('an object of the function', () => {
  it('is known by its source and the settings', () => {
    assert.deepEqual(written().source, { eTag: 'e1', versionId: 'v1', modified: '2024-01-02T03:04:05.000Z' })
    assert.deepEqual([written().digest, written().memoryMiB], ['digest', 512])
    assert.deepEqual(written().deployment, IDENTITY.deployment)
    const { [KEYS.sourceETag]: _, ...withoutSource } = identityMetadata(IDENTITY)
    const { [KEYS.settings]: __, ...withoutSettings } = identityMetadata(IDENTITY)
    for (const metadata of [{}, withoutSource, withoutSettings]) assert.equal(withMetadata(metadata), undefined)
  })

  it('of a bucket without versions names none, and may say nothing of its time', () => {
    const source = { ...IDENTITY.source, versionId: undefined, lastModified: undefined }
    const metadata = identityMetadata({ ...IDENTITY, source })
    assert.deepEqual(
      [KEYS.sourceVersion, KEYS.sourceModified].filter((name) => name in metadata),
      [],
    )
    assert.ok(isOfSource(withMetadata(metadata)!, source))
    assert.ok(!isOfSource(withMetadata(metadata)!, IDENTITY.source))
  })

  it('is right, and the same as another one, when source, settings and engine are', () => {
    assert.ok(isOutputOf(written(), IDENTITY))
    assert.ok(isSameOutput(written(), written({ [KEYS.memory]: '1', [KEYS.deployment]: '8 stack' })))
    for (const other of OTHERS) {
      assert.ok(!isOutputOf(written(other), IDENTITY), JSON.stringify(other))
      assert.ok(!isSameOutput(written(), written(other)), JSON.stringify(other))
      assert.ok(!isSameOutput(written(other), written()), JSON.stringify(other))
    }
  })

  it('is of a newer deployment when the stack is the same and the number higher', () => {
    const isNewer = (deployment: string) =>
      isOfNewerDeployment(written({ [KEYS.deployment]: deployment }), IDENTITY.deployment)
    assert.deepEqual(['8 stack', '7 stack', '6 stack', '8 other', ''].map(isNewer), [true, false, false, false, false])
  })

  it("is not somebody else's, and nothing is not either", () => {
    const isForeign = (own: OwnObject | undefined) => isForeignOutput({ own }, { overwriteForeign: false })
    assert.deepEqual([isForeign(undefined), isForeign(written())], [true, false])
    assert.equal(isForeignOutput({ own: undefined }, { overwriteForeign: true }), false)
    assert.equal(isForeignOutput(undefined, { overwriteForeign: false }), false)
  })
})

describe('a report', () => {
  const isRight = (
    report: OwnObject,
    {
      output,
      isForeign = false,
      identity = IDENTITY,
    }: { output?: OwnObject; isForeign?: boolean; identity?: Identity },
  ) => isReportOf(report, identity, output, isForeign)

  it('is right when source, settings, engine, memory and time of the upload are', () => {
    assert.ok(isRight(written(), {}))
    for (const other of [...OTHERS, { [KEYS.memory]: '1' }, { [KEYS.sourceModified]: '2024-01-02T03:04:06.000Z' }]) {
      assert.ok(!isRight(written(other), {}), JSON.stringify(other))
    }
  })

  it('that a file is too slow is right until the function gets a longer timeout', () => {
    const tooSlow = (seconds: number) => written({ [KEYS.code]: 'too-slow', [KEYS.timeout]: `${seconds}` })
    const { timeoutSeconds } = IDENTITY
    // what Lambda says of one timeout differs by a second, also when it is short
    for (const seconds of [-1, 0, 1]) assert.ok(isRight(tooSlow(timeoutSeconds + seconds), {}))
    assert.ok(isRight(tooSlow(2), { identity: { ...IDENTITY, timeoutSeconds: 3 } }))
    assert.ok(!isRight(tooSlow(timeoutSeconds / 1.1), {}))
    assert.ok(isRight(tooSlow(20), { identity: { ...IDENTITY, timeoutSeconds: 22 } }))
    assert.ok(!isRight(tooSlow(2), { identity: { ...IDENTITY, timeoutSeconds: 4 } }))
    assert.ok(isRight(written({ [KEYS.code]: 'columns', [KEYS.timeout]: '1' }), {}))
  })

  it('of an object whose time is not known is right whatever time it names', () => {
    const identity = { ...IDENTITY, source: { ...IDENTITY.source, lastModified: undefined } }
    assert.ok(isRight(written(), { identity }))
  })

  it('names the output that is still there', () => {
    const output = written({ [KEYS.sourceETag]: 'e0' })
    assert.ok(isRight(written({ [KEYS.publishedFrom]: 'e0' }), { output }))
    assert.ok(!isRight(written({ [KEYS.publishedFrom]: 'e0' }), {}))
    assert.ok(!isRight(written(), { output }))
  })

  it("about somebody else's output is right as long as that is there", () => {
    const foreign = written({ [KEYS.code]: 'foreign-output' })
    assert.ok(isRight(foreign, { isForeign: true }))
    assert.ok(!isRight(foreign, {}))
    assert.ok(isRight(written({ [KEYS.code]: 'time' }), {}))
  })

  it('is of the state that it continues from, unless it does not depend on it', () => {
    const inSequence = { ...IDENTITY, after: 'state' }
    assert.equal(identityMetadata(inSequence)[KEYS.after], 'state')
    assert.ok(!(KEYS.after in identityMetadata({ ...IDENTITY, after: undefined })))
    const isRightAfter = (after: string | undefined) =>
      isReportOf(written({ ...(after !== undefined && { [KEYS.after]: after }) }), inSequence, undefined, false)
    assert.deepEqual([undefined, 'state', 'other'].map(isRightAfter), [true, true, false])
  })

  it('about a bar that no earlier file has is right as long as as many files are searched', () => {
    const notFound = (lookBack?: number) =>
      written({ [KEYS.code]: 'before-previous', ...(lookBack !== undefined && { [KEYS.lookBack]: `${lookBack}` }) })
    const isRightFor = (report: OwnObject, lookBack: number | undefined) =>
      isReportOf(report, { ...IDENTITY, lookBack }, undefined, false)
    assert.ok(isRightFor(notFound(), undefined))
    assert.ok(isRightFor(notFound(9), 9))
    assert.ok(!isRightFor(notFound(9), 10))
    assert.ok(!isRightFor(notFound(), 10))
  })

  it('about a state that cannot be read is never right: the file before may have been made again with the same state', () => {
    for (const code of ['state-damaged', 'no-state']) assert.ok(!isRight(written({ [KEYS.code]: code }), {}), code)
  })
})

describe('the digest of settings', () => {
  it('is the same in whatever order they are given, and with any memory', () => {
    const settings = { ...SETTINGS, columns: { high: 'h', low: 'l' } }
    const turned = Object.fromEntries(
      Object.entries({ ...settings, columns: { low: 'l', high: 'h' } }).reverse(),
    ) as typeof settings
    assert.equal(settingsDigest(turned), settingsDigest(settings))
    assert.equal(settingsDigest({ ...settings, memoryBudgetBytes: 1 }), settingsDigest(settings))
    assert.notEqual(settingsDigest({ ...settings, keep: 'last' }), settingsDigest(settings))
    assert.notEqual(settingsDigest({ ...settings, columns: { high: 'h', low: 'h' } }), settingsDigest(settings))
    assert.equal(settingsDigest({ ...settings, timeFormat: undefined }), settingsDigest(settings))
    const { memoryMiB } = identityOf(
      IDENTITY.source,
      { ...settings, memoryBudgetBytes: 3.5 * 2 ** 20 },
      IDENTITY.deployment,
    )
    assert.equal(memoryMiB, 3)
  })

  it('stays the same between versions, because with another one every file is enriched again', () => {
    const settings = { keep: 'first', columns: { low: 'l', high: 'h' }, readBack: 1, memoryBudgetBytes: 1 }
    const text = '{"columns":{"high":"h","low":"l"},"keep":"first"}'
    const expected = createHash('sha256').update(text).digest('hex').slice(0, 16)
    assert.equal(settingsDigest(settings as unknown as typeof SETTINGS), expected)
  })
})
