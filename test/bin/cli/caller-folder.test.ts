import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { callerFolder } from '../../../bin/cli/caller-folder.ts'
import { barsFile, someBars, temporaryFolder } from '../../parquet-files.ts'

describe('the folder of relative paths', () => {
  const ours = { INIT_CWD: '/data', npm_package_name: 'parquet-supertrend', npm_lifecycle_event: 'enrich' }
  it('is that of the caller in npm scripts of this package', () => {
    assert.equal(callerFolder(ours, ['enrich', 'chart']), '/data')
  })

  it('stays elsewhere', () => {
    assert.equal(callerFolder({}, ['enrich']), undefined)
    assert.equal(callerFolder({ ...ours, npm_package_name: 'my-app' }, ['enrich']), undefined)
    assert.equal(callerFolder({ ...ours, npm_lifecycle_event: 'test' }, ['enrich']), undefined)
    assert.equal(callerFolder({ ...ours, INIT_CWD: '' }, ['enrich']), undefined)
  })

  it('is where npm run was called, and not the clone', () => {
    const folder = path.join(temporaryFolder(), 'data')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'bars.parquet'), barsFile(someBars(50)))
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    const env = { ...process.env, npm_lifecycle_event: undefined, INIT_CWD: undefined }
    const args = ['--prefix', root, 'run', '--silent', 'enrich', '--', 'bars.parquet', 'enriched.parquet']
    execFileSync('npm', args, { cwd: folder, env })
    assert.ok(existsSync(path.join(folder, 'enriched.parquet')))
  })
})
