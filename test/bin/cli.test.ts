import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { nodes, root } from '../package/tarball.ts'
import { barsFile, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const LAUNCHER = path.join(root, 'bin/cli.js')

/** Code that makes a Node believe that it is of another version. */
const pretend = (version: string) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
]

writeFileSync(at('bars.parquet'), barsFile(someBars(300)))
assert.equal((await runCli(at('bars.parquet'), at('expected.parquet'))).code, 0)

describe('the command of a clone', () => {
  for (const [version, node] of nodes()) {
    it(`runs on Node ${version}, an older one of which hands over to the packaged Node`, () => {
      execFileSync(node, [LAUNCHER, 'enrich', at('bars.parquet'), at('out.parquet')])
      assert.deepEqual(readFileSync(at('out.parquet')), readFileSync(at('expected.parquet')))
    })
  }

  it('has no warnings of the AWS SDK, whose versions come with those of the program', () => {
    const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'
    const atEnd = `data:text/javascript,process.on('exit', () => console.error(process.env.${name}))`
    const found = (value?: string) => {
      const { [name]: _, ...others } = process.env
      const env = value === undefined ? others : { ...others, [name]: value }
      return String(spawnSync(process.execPath, ['--import', atEnd, LAUNCHER, '--version'], { env }).stderr).trim()
    }
    assert.deepEqual([found(), found('false')], ['true', 'false'])
  })

  it('gives the exit code of the program that it hands over to', () => {
    const { status, stderr } = spawnSync(process.execPath, [...pretend('20.0.0'), LAUNCHER, 'enrich', 'none', 'out'])
    assert.equal(status, 2)
    assert.match(String(stderr), /^error: /)
  })

  /** Serves a chart through a launcher that hands over. */
  async function serving() {
    const child = spawn(process.execPath, [...pretend('20.0.0'), LAUNCHER, 'chart', at('bars.parquet'), '--serve'])
    const ended = once(child, 'exit')
    const [line] = await once(child.stdout, 'data')
    const url = String(line).split(' ')[0]!
    assert.equal((await fetch(url)).status, 200)
    return { child, ended, url }
  }

  it('passes signals on, and ends with the program', async () => {
    const { child, ended, url } = await serving()
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    await assert.rejects(fetch(url))
  })

  it('leaves no program behind when it is killed', async () => {
    const { child, ended, url } = await serving()
    child.kill('SIGKILL')
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    // a program that goes on would keep this test waiting for its output
    child.stdout.destroy()
    child.stderr.destroy()
    for (let tries = 0; ; tries++) {
      const isServed = await fetch(url).then(
        () => true,
        () => false,
      )
      if (!isServed) return
      assert.ok(tries < 100, 'the program goes on')
      await setTimeout(50)
    }
  })
})

describe('the command of a package', () => {
  it('says which Node it needs if that of the machine is older', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(path.join(folder, 'cli.js'), readFileSync(LAUNCHER))
    const { status, stderr } = spawnSync(process.execPath, [...pretend('20.15.1'), 'cli.js'], { cwd: folder })
    assert.equal(status, 1)
    assert.match(String(stderr), /^error: Node v\d+\.\d+\.\d+ is too old; allowed is 20\.16 or later$/m)
  })
})
