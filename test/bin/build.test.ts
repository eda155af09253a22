import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { barsFile, memorySource, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = someBars(300)
let dist: string

before(async () => {
  // where the packages are found that the program needs
  mkdirSync(path.join(root, 'node_modules/.cache'), { recursive: true })
  dist = mkdtempSync(path.join(root, 'node_modules/.cache/dist-'))
  execFileSync(process.execPath, [path.join(root, 'bin/build.ts'), dist])
  writeFileSync(at('bars.parquet'), barsFile([...bars, ...bars.slice(290)]))
  assert.equal((await runCli(at('bars.parquet'), at('expected.parquet'))).code, 0)
})
after(() => rmSync(dist, { recursive: true, force: true }))

describe('the package', () => {
  it('has a program that does what the one in the clone does', () => {
    const program = path.join(dist, 'parquet-supertrend.js')
    execFileSync(process.execPath, [program, 'enrich', at('bars.parquet'), at('out.parquet')])
    assert.deepEqual(readFileSync(at('out.parquet')), readFileSync(at('expected.parquet')))
    execFileSync(process.execPath, [program, 'chart', at('out.parquet'), '--out', at('chart.html')])
    assert.ok(readFileSync(at('chart.html'), 'utf8').includes('300 rows'))
  })

  it('runs with the Node of the machine, which may be older than the one that comes along', (t) => {
    // npm puts the programs of packages in front
    const places = process.env.PATH!.split(path.delimiter).filter((place) => !place.includes('node_modules'))
    const env = { ...process.env, PATH: places.join(path.delimiter) }
    const { stdout: version, error } = spawnSync('node', ['--version'], { env, encoding: 'utf8' })
    if (error) {
      t.skip('the machine has no Node of its own')
      return
    }
    t.diagnostic(`Node ${version.trim()}`)
    execFileSync('node', [path.join(root, 'bin/cli.js'), 'enrich', at('bars.parquet'), at('machine.parquet')], { env })
    assert.deepEqual(readFileSync(at('machine.parquet')), readFileSync(at('expected.parquet')))
  })

  it('passes signals on where an older Node hands over to the one that came along', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } })`
    const command = [path.join(root, 'bin/cli.js'), 'chart', at('bars.parquet'), '--serve']
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${old}`, ...command])
    const ended = once(child, 'exit')
    const [url] = await once(child.stdout, 'data')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    await assert.rejects(fetch(String(url).split(' ')[0]!))
  })

  it('has a library with types that does the same', async () => {
    const { enrichParquet, RefusedError } = (await import(
      pathToFileURL(path.join(dist, 'library.js')).href
    )) as typeof import('../../functions/library.ts')
    assert.ok(existsSync(path.join(dist, 'types/library.d.ts')))
    const input = new Uint8Array(readFileSync(at('bars.parquet')))
    for (const source of [input, memorySource(input)]) {
      const enriched = await enrichParquet(source)
      const pieces: Uint8Array[] = []
      for await (const piece of enriched.bytes()) pieces.push(piece.slice())
      enriched.close()
      assert.deepEqual(Buffer.concat(pieces), readFileSync(at('expected.parquet')))
      assert.deepEqual([enriched.layout, enriched.quality.duplicatesDropped], ['compacted', 10])
    }
    const clean = barsFile(bars)
    const enriched = await enrichParquet(clean, { supertrends: [{ period: 10 }, { definition: 'tradingview' }] })
    assert.equal(enriched.newColumns.length, 8)
    let bytes = 0
    for await (const piece of enriched.newBytes()) bytes += piece.length
    for await (const piece of enriched.bytes()) bytes -= piece.length
    assert.equal(bytes, -clean.length)
    enriched.close()
    await assert.rejects(
      enrichParquet(new Uint8Array(20)),
      (error) => error instanceof RefusedError && error.code === 'not-parquet',
    )
    await assert.rejects(enrichParquet(clean, { supertrends: [{ period: 0 }] }), /allowed are an integer from 1 up/)
  })
})
