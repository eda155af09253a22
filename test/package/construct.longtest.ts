import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { temporaryFolder } from '../parquet-files.ts'
import { NAME, nodes, npm, packed, root } from './tarball.ts'

/** What the app has besides the package. Linked, not installed: that npm finds these versions is not tested here. */
const LINKED = ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Metadata?: Record<string, string> }>>
}

/** Files of each asset that is a folder. */
function assets(out: string): string[][] {
  return readdirSync(out, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('asset.'))
    .map(({ name }) => readdirSync(path.join(out, name)).sort())
    .sort()
}

describe('the app in examples/cdk-app, with the package installed', () => {
  let app: string
  before(() => {
    app = temporaryFolder()
    cpSync(path.join(root, 'examples/cdk-app'), app, { recursive: true })
    const { name, type } = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8'))
    writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name, type }))
    npm(app, 'install', packed())
    for (const linked of LINKED) {
      mkdirSync(path.dirname(path.join(app, 'node_modules', linked)), { recursive: true })
      symlinkSync(path.join(root, 'node_modules', linked), path.join(app, 'node_modules', linked))
    }
  })

  it('has the right types, all of whose packages are there', () => {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext']
    // aws-cdk-lib's own declarations are checked too; nothing of the package may be missing
    const check = (source: string) =>
      execFileSync(process.execPath, [tsc, ...flags, '--types', 'node', source], { cwd: app, stdio: 'pipe' })
    check('app.ts')
    writeFileSync(
      path.join(app, 'wrong.ts'),
      readFileSync(path.join(app, 'app.ts'), 'utf8').replace('period', 'perido'),
    )
    assert.throws(
      () => check('wrong.ts'),
      (error: { stdout?: Buffer }) => /perido/.test(String(error.stdout)),
    )
  })

  for (const [version, node] of nodes()) {
    it(`is synthesised on Node ${version} with the prebuilt functions, without a bundler`, () => {
      const out = path.join(app, `cdk.out-${version}`)
      // an older Node does not strip the types, of which the app has none
      cpSync(path.join(app, 'app.ts'), path.join(app, 'app.mjs'))
      execFileSync(node, ['app.mjs'], { cwd: app, env: { ...process.env, CDK_OUTDIR: out }, stdio: 'pipe' })
      const template: Template = JSON.parse(readFileSync(path.join(out, 'MarketData.template.json'), 'utf8'))
      const types = Object.values(template.Resources).map(({ Type }) => Type)
      assert.equal(types.filter((type) => type === 'AWS::S3::Bucket').length, 1)
      assert.ok(types.filter((type) => type === 'AWS::Lambda::Function').length >= 2)
      const prebuilt = path.join(app, 'node_modules', NAME, 'dist/lambda')
      const expected = ['bucket-audit', 'lambda'].map((name) => readdirSync(path.join(prebuilt, name)).sort())
      assert.deepEqual(assets(out), expected.sort())
    })
  }

  it('may be CommonJS too', () => {
    const source = `
const { App, Stack } = require('aws-cdk-lib')
const { SupertrendPipeline } = require('${NAME}/cdk')
const pipeline = new SupertrendPipeline(new Stack(new App(), 'Stack'), 'Bars')
console.log(pipeline.inputPrefix)`
    writeFileSync(path.join(app, 'app.cjs'), source)
    for (const node of nodes().values()) {
      assert.equal(execFileSync(node, ['app.cjs'], { cwd: app, encoding: 'utf8' }), 'incoming/\n')
    }
  })
})
