import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import { barsFile, duckDbRows, readRowsOf, runCli, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'
import { withTables } from './tables.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

/** The code blocks that are marked with a word after their language. */
function snippet(name: string): string {
  const text = new RegExp(`^\`\`\`\\w+ ${name}\\n(.*?)^\`\`\``, 'ms').exec(readme)?.[1]
  assert.ok(text, `the README has no snippet ${name}`)
  return text
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!)
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** A Python that has the module, if there is one: people's snippets must work, but nobody needs Python for the tests. */
function pythonWith(module: string): string | false {
  const places = [process.env.PYTHON ?? 'python3']
  return places.find((python) => spawnSync(python, ['-c', `import ${module}`]).status === 0) ?? false
}

before(async () => {
  writeFileSync(at('bars.parquet'), barsFile(someBars(500)))
  assert.equal((await runCli(at('bars.parquet'), at('enriched.parquet'))).code, 0)
})

describe('the README', () => {
  it('has the tables of options and settings that the program goes by', () => {
    assert.equal(withTables(readme), readme, 'run `npm run docs`')
  })

  it('links only to what is there', () => {
    for (const name of ['README.md', 'CONTRIBUTING.md', 'docs/file-format.md', 'docs/runbook.md']) {
      const markdown = readFileSync(path.join(root, name), 'utf8')
      const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
      for (const link of links.filter((link) => !/^https?:/.test(link))) {
        const [file, anchor] = link.split('#') as [string, string | undefined]
        const target = file === '' ? path.join(root, name) : path.join(root, path.dirname(name), file)
        assert.ok(existsSync(target), `${name}: ${link}`)
        if (anchor) assert.ok(anchorsOf(readFileSync(target, 'utf8')).has(anchor), `${name}: ${link}`)
      }
    }
  })

  it('names only npm scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run (?:--silent )?([a-z0-9:]*[a-z0-9])/g)].map((match) => match[1]!)
    assert.ok(named.length > 10)
    for (const name of named) assert.ok(name in scripts, name)
  })

  it('shows commands of the program that work', async () => {
    writeFileSync(at('data-a.parquet'), barsFile(someBars(50)))
    const lines = [...readme.matchAll(/^parquet-supertrend (.+?)(?: +#.*)?$/gm)].map((match) => match[1]!)
    assert.equal(lines.length, 6)
    for (const line of lines) {
      const words = line.split(' ').map((word) => {
        const name = word.replaceAll("'", '')
        if (name === 'data/*.parquet') return at('data-*.parquet')
        return /\.(parquet|html)$|^out$/.test(name) ? at(name) : name
      })
      const { code, stderr } = await runProgram(...words)
      assert.deepEqual([code, stderr], [0, ''], line)
    }
  })

  it('reads the enriched file with DuckDB', async () => {
    const rows = await duckDbRows(snippet('duckdb').replaceAll('enriched.parquet', at('enriched.parquet')))
    const all = await readRowsOf(at('enriched.parquet'))
    const expected = all.filter(({ st_trend_segment }) => Number(st_trend_segment) >= 2)
    assert.ok(expected.length > 0)
    assert.deepEqual(
      rows.map(({ close }) => close),
      expected.map(({ close }) => close),
    )
    assert.ok(rows.every(({ line }) => typeof line === 'number'))
  })

  for (const [name, check] of [
    ['pandas', 'print(len(flips))'],
    ['polars', 'print(len(trends) - 1)'],
  ] as const) {
    const python = pythonWith(name)
    it(`reads the enriched file with ${name}`, { skip: python === false && `no Python with ${name}` }, async () => {
      const stdout = execFileSync(python as string, ['-c', `${snippet(name)}\n${check}`], {
        cwd: scratch,
        encoding: 'utf8',
      })
      const segments = (await readRowsOf(at('enriched.parquet'))).map(({ st_trend_segment }) =>
        Number(st_trend_segment),
      )
      assert.equal(Number(stdout), Math.max(...segments) - 1)
    })
  }

  const boto3 = pythonWith('boto3')
  it('drops a file with boto3', { skip: boto3 === false && 'no Python with boto3' }, async () => {
    const aws = await startEmbeddedAws('drops')
    try {
      const connection = { AWS_ENDPOINT_URL: aws.endpoint, AWS_DEFAULT_REGION: 'us-east-1' }
      const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
      const env = { ...process.env, ...connection, ...credentials }
      await promisify(execFile)(boto3 as string, ['-c', snippet('boto3').replace('BUCKET', 'drops')], {
        cwd: scratch,
        env,
      })
      await aws.save('incoming/bars.parquet', at('dropped.parquet'))
      assert.deepEqual(readFileSync(at('dropped.parquet')), readFileSync(at('bars.parquet')))
    } finally {
      await aws.stop()
    }
  })

  it('shows how to see the metadata with DuckDB', async () => {
    const sql = /`(SELECT decode\(value\).*?)`/s.exec(readme)![1]!.replaceAll(/\s+/g, ' ')
    const [row] = await duckDbRows(sql.replace('enriched.parquet', at('enriched.parquet')))
    assert.equal(JSON.parse(Object.values(row!)[0] as string).rowsRead, 500)
  })

  it('enriches in a program of one’s own', () => {
    const library = new URL('../../functions/library.ts', import.meta.url).href
    const own = snippet('library').replace("'parquet-supertrend'", `'${library}'`)
    writeFileSync(at('own.ts'), own)
    execFileSync(process.execPath, [at('own.ts')], { cwd: scratch })
    assert.ok(readFileSync(at('enriched.parquet')).subarray(0, 4).equals(Buffer.from('PAR1')))
  })
})
