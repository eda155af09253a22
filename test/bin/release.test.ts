import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../../functions/shared/names.ts'
import { temporaryFolder } from '../parquet-files.ts'

const script = fileURLToPath(new URL('../../bin/release.ts', import.meta.url))
const lacksZip = spawnSync('zip', ['-v']).error !== undefined && 'the machine has no zip'

describe('npm run release', () => {
  it('zips each function with its files at the top', { skip: lacksZip }, () => {
    const folder = temporaryFolder()
    execFileSync(process.execPath, [script, `v${VERSION}`, folder])
    assert.deepEqual(readdirSync(folder).sort(), [
      `bucket-audit-v${VERSION}.zip`,
      `canary-v${VERSION}.zip`,
      `lambda-v${VERSION}.zip`,
    ])
    const list = execFileSync('zip', ['-sf', path.join(folder, `canary-v${VERSION}.zip`)], { encoding: 'utf8' })
    for (const name of ['index.mjs', 'parquet_wasm_bg.wasm', 'bars.parquet']) {
      assert.ok(
        list.split('\n').some((line) => line.trim() === name),
        `${name} in ${list}`,
      )
    }
  })

  it('refuses a tag that is not the version', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, 'v99'], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.equal(stderr, `error: the tag is v99; allowed is v${VERSION}, the version in package.json\n`)
  })
})
