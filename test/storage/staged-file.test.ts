import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { stageLocalFile, writeLocalFile } from '../../functions/storage/staged-file.ts'
import { temporaryFolder } from '../parquet-files.ts'

describe('an input that changes while it is read', () => {
  for (const [what, change] of [
    [
      'because another file takes its place',
      (name: string) => {
        writeFileSync(`${name}.new`, 'abd')
        renameSync(`${name}.new`, name)
      },
    ],
    [
      'because it is written over',
      (name: string) => {
        writeFileSync(name, 'abd')
        utimesSync(name, 1, 2)
      },
    ],
  ] as const) {
    for (const isAppended of [true, false]) {
      it(`${what} is refused, ${isAppended ? 'appended' : 'compacted'}`, async () => {
        const folder = temporaryFolder()
        const [input, output] = [path.join(folder, 'input'), path.join(folder, 'output')]
        writeFileSync(input, 'abc')
        const file = await openLocalFile(input)
        change(input)
        await assert.rejects(writeLocalFile(output, file, isAppended, [new Uint8Array(1)]), {
          code: 'path',
          message: /was changed while it was read/,
        })
        await file.close()
        assert.ok(!existsSync(output))
        assert.deepEqual(readdirSync(folder), ['input'])
      })
    }
  }

  it('is copied when it does not', async () => {
    const folder = temporaryFolder()
    const [input, output] = [path.join(folder, 'input'), path.join(folder, 'output')]
    writeFileSync(input, 'abc')
    const file = await openLocalFile(input)
    assert.equal(await writeLocalFile(output, file, true, [new TextEncoder().encode('d')]), 1)
    await file.close()
    assert.equal(readFileSync(output, 'utf8'), 'abcd')
  })
})

describe('a staged file', () => {
  it('takes its place when it is committed, and leaves nothing when it is not', async () => {
    const folder = temporaryFolder()
    const [input, output] = [path.join(folder, 'input'), path.join(folder, 'output')]
    writeFileSync(input, 'abc')
    writeFileSync(output, 'from before')
    const file = await openLocalFile(input)
    const stage = () => stageLocalFile(output, file, true, [new TextEncoder().encode('d')])
    const listeners = process.listenerCount('SIGINT')
    await (await stage()).discard()
    assert.equal(readFileSync(output, 'utf8'), 'from before')
    const staged = await stage()
    assert.equal(staged.bytesWritten, 1)
    assert.equal(readFileSync(output, 'utf8'), 'from before')
    await staged.commit()
    await file.close()
    assert.equal(readFileSync(output, 'utf8'), 'abcd')
    assert.deepEqual(readdirSync(folder), ['input', 'output'])
    assert.equal(process.listenerCount('SIGINT'), listeners)
  })
})
