import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Runs the app as the CDK command does: folder and context come in the environment. What CDK's rules find is left out: it is
 * only printed where the flag of cdk.json is missing.
 */
function synthesise(context: object): Promise<{ folder: string; stderr: string; failed: boolean }> {
  const folder = temporaryFolder()
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_VALIDATION: 'false' }
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/app.ts'], { cwd: root, env }, (error, _stdout, stderr) =>
      resolve({ folder, stderr, failed: error !== null }),
    )
  })
}

describe('the CDK app', () => {
  it('is run by the Node that the project brings, where it brings one, else by that of the machine', () => {
    const [{ app }, { scripts }] = ['cdk.json', 'package.json'].map((name) =>
      JSON.parse(readFileSync(path.join(root, name), 'utf8')),
    )
    // npm puts the project's programs in front of the machine's; on macOS the project brings no Node
    assert.equal(app, 'npm run --silent synth:app')
    assert.equal(scripts['synth:app'], 'node bin/app.ts')
  })

  it('is the stack of dev when no environment is said, with the bundle as its code', async () => {
    const { folder, stderr, failed } = await synthesise({})
    assert.ok(!failed, stderr)
    assert.ok(existsSync(path.join(folder, 'ParquetSupertrend-dev.template.json')))
    const assets = readdirSync(folder).filter((name) => name.startsWith('asset.'))
    assert.ok(assets.length > 0)
    for (const code of assets) assert.ok(existsSync(path.join(folder, code, 'index.mjs')))
    // the audit reads no parquet
    const wasm = assets
      .map((code) => path.join(folder, code, 'parquet_wasm_bg.wasm'))
      .filter((file) => existsSync(file))
    assert.ok(wasm.length > 0)
    for (const file of wasm) assert.ok(statSync(file).size > 1_000_000)
  })

  // each takes 3 s of processor time; the templates of all environments are in test/lib/snapshot.test.ts
  for (const environment of quickOrThorough<readonly string[]>([], ['staging', 'prod'])) {
    it(`is the stack of the environment that is said: ${environment}`, async () => {
      const { folder, stderr, failed } = await synthesise({ environment, 'aws:cdk:bundling-stacks': [] })
      assert.ok(!failed, stderr)
      assert.ok(existsSync(path.join(folder, `ParquetSupertrend-${environment}.template.json`)))
    })
  }

  it('says which environments there are when it is none of them', async () => {
    const { stderr, failed } = await synthesise({ environment: 'production' })
    assert.ok(failed)
    assert.equal(stderr, 'error: the environment is "production"; allowed are dev, staging, prod, local\n')
  })
})
