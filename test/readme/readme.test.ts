import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { WARNING_CODES } from '../../functions/market/quality/warnings.ts'
import { FILE_WARNING_CODES } from '../../functions/parquet/format/file-warnings.ts'
import { REFUSAL_CODES } from '../../functions/shared/errors.ts'
import { barsFile, runCli, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'
import { codeBlocks, withoutCodeBlocks } from './code-blocks.ts'
import { DOCUMENT_NAMES, readDocument, root, USER_DOCUMENTS } from './documents.ts'
import { generatedFiles } from './generated.ts'

const README_WORDS = 1500
/** Shell commands of the documents by their beginning, and what executes them. */
const EXECUTED_BY: readonly (readonly [beginning: string, by: string])[] = [
  ['npm run --silent ', 'example.ts'],
  ['parquet-supertrend ', 'the last test of this file'],
  ['npm ci', 'CI, in a clean clone'],
  ['npm pack', 'CI, for a release'],
  ['npm i -g ./parquet-supertrend-', 'by hand, before a release'],
  ['npx cdk bootstrap', 'npm run test:deploy'],
  ['npx cdk destroy', 'npm run test:deploy'],
  ['npx cdk deploy -c environment=', 'npm run test:deploy'],
  ['aws s3 ', 'snippets.test.ts'],
  ['set -u', 'npm run test:deploy'],
  ['eval "$(npm run --silent status ', 'npm run test:deploy'],
  ['KEY=', 'npm run test:deploy'],
  ['REQUEST_ID=', 'npm run test:deploy'],
  ['RUN=$(aws stepfunctions list-executions ', 'npm run test:deploy'],
  ['VERSION=$(aws s3api list-object-versions ', 'npm run test:deploy'],
  ['[ -z ', 'npm run test:deploy'],
  ['aws lambda ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws kms ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws s3api ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws logs ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws sqs ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws sns ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws events ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws cloudwatch ', 'npm run test:deploy, and snippets.test.ts'],
  ['aws stepfunctions ', 'npm run test:deploy, and snippets.test.ts'],
  ['git checkout ', 'by hand, before a release'],
  ['npm run smoke -- --environment ', 'npm run test:deploy'],
  ['npm run alarm-test -- --environment ', 'test/bin/operator'],
  ['npm run status -- --environment ', 'npm run test:deploy'],
  ['npm run redrive -- --environment ', 'test/bin/operator.test.ts, up to its first request'],
  ['npm run backfill -- --environment ', 'npm run test:deploy'],
  ['npm run dead-letters -- --environment ', 'test/bin/operator'],
  ['npm run audit -- --environment ', 'test/bin/operator'],
]
const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = (count: number) => barsFile(someBars(count).map((bar) => ({ ...bar, symbol: 'AAPL' })))

/** Headings as GitHub makes anchors of them. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...withoutCodeBlocks(markdown).matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!)
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

before(async () => {
  writeFileSync(at('bars.parquet'), bars(500))
  assert.equal((await runCli(at('bars.parquet'), at('enriched.parquet'))).code, 0)
})

describe('the README and the documents', () => {
  it('have the tables, the output of the example and the sample that the program makes', async () => {
    for (const [name, content] of await generatedFiles()) {
      const found = readFileSync(path.join(root, name))
      assert.ok(found.equals(Buffer.from(content)), `${name} is out of date: run \`npm run docs\``)
    }
  })

  it(`have a README of at most ${README_WORDS} words`, () => {
    const words = readDocument('README.md').split(/\s+/).length
    assert.ok(words <= README_WORDS, `${words} words`)
  })

  it('link only to places that exist', () => {
    assert.ok(DOCUMENT_NAMES.includes('README.md') && DOCUMENT_NAMES.length > 12)
    for (const name of DOCUMENT_NAMES) {
      const markdown = withoutCodeBlocks(readDocument(name))
      const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
      for (const link of links.filter((link) => !/^https?:/.test(link))) {
        const [file, anchor] = link.split('#') as [string, string | undefined]
        const target = file === '' ? path.join(root, name) : path.join(root, path.dirname(name), file)
        assert.ok(existsSync(target), `${name}: ${link}`)
        if (anchor) assert.ok(anchorsOf(readFileSync(target, 'utf8')).has(anchor), `${name}: ${link}`)
      }
    }
  })

  it('can each be reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const name of reached) {
      for (const [, link] of withoutCodeBlocks(readDocument(name)).matchAll(/\]\(([^)#\s]+\.md)/g)) {
        if (!/^https?:/.test(link!)) reached.add(path.join(path.dirname(name), link!))
      }
    }
    const decisions = (name: string) => name.startsWith('docs/decisions/')
    assert.deepEqual(
      DOCUMENT_NAMES.filter((name) => !decisions(name) && !reached.has(name)),
      [],
    )
  })

  it('say of each code of a refusal, and of no other, what it means and what to do', () => {
    const text = readDocument('docs/file-format.md')
    const [, meanings, details] = text.split(/^\| code \|.*\n/gm).map((part) => part.split('\n\n')[0]!)
    const explained = [...meanings!.matchAll(/^\| `(.+?)` \| .+ \| .+ \|$/gm)].map((match) => match[1])
    assert.deepEqual(explained, [...REFUSAL_CODES])
    const known = new Set<string>(REFUSAL_CODES)
    for (const [, code] of details!.matchAll(/^\| `(.+?)`/gm)) assert.ok(known.has(code!), code)
  })

  it('say of each code of a warning, and of no other, what it means and what to do', () => {
    const text = readDocument('docs/file-format.md')
    const [, ...tables] = text.split(/^\| warning \|.*\n/gm).map((part) => part.split('\n\n')[0]!)
    const explained = tables.map((table) => [...table.matchAll(/^\| `(.+?)` \|/gm)].map((match) => match[1]))
    assert.deepEqual(explained, [[...WARNING_CODES], FILE_WARNING_CODES])
  })

  it('say of warnings about a call what to do, in words that a command prints', () => {
    const [, section] = readDocument('docs/file-format.md').split('\n### Warnings about a call\n')
    const rows = [...section!.split('\n### ')[0]!.matchAll(/^\| `(.+?)` \| .+ \| .+ \|$/gm)]
    assert.ok(rows.length >= 6)
    const names = readdirSync(path.join(root, 'bin'), { recursive: true, encoding: 'utf8' })
    const sources = names.filter((name) => name.endsWith('.ts')).map((name) => readDocument(`bin/${name}`))
    for (const [, words] of rows)
      assert.ok(
        sources.some((source) => source.includes(words!)),
        words,
      )
  })

  it('explain each field of the report', async () => {
    const { stdout } = await runProgram('enrich', at('bars.parquet'), at('again.parquet'), '--json')
    const [report] = readDocument('docs/command-line.md').split('\n## The report\n')[1]!.split('\n## ')
    for (const name of Object.keys(JSON.parse(stdout))) assert.ok(report!.includes(`\`${name}\``), name)
  })

  it('name only npm scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const texts = DOCUMENT_NAMES.map(readDocument).join('\n')
    const named = [...texts.matchAll(/npm run (?:--silent )?([a-z0-9:-]*[a-z0-9])/g)].map((match) => match[1]!)
    assert.ok(named.length > 20)
    for (const name of named) assert.ok(name in scripts, name)
  })

  it('show no other shell commands than those that are executed somewhere', () => {
    const shell = codeBlocks(USER_DOCUMENTS).filter(({ language }) => language === 'sh')
    const commands = shell.flatMap(({ text }) => text.trim().split('\n'))
    const isExecuted = (command: string) => EXECUTED_BY.some(([beginning]) => command.startsWith(beginning))
    assert.deepEqual(
      commands.filter((command) => !isExecuted(command)),
      [],
    )
    for (const [beginning] of EXECUTED_BY)
      assert.ok(
        commands.some((command) => command.startsWith(beginning)),
        beginning,
      )
  })

  it('show commands of the program that work', async () => {
    writeFileSync(at('data-a.parquet'), bars(50))
    const lines = [...USER_DOCUMENTS.matchAll(/^parquet-supertrend (.+?)(?: +#.*)?$/gm)].map((match) => match[1]!)
    for (const day of ['2024-01-02', '2024-01-03']) {
      const time = Date.parse(day)
      const ofDay = someBars(50).map((bar, i) => ({ ...bar, time: time + i * 60_000 }))
      writeFileSync(at(`${day}.parquet`), barsFile(ofDay))
    }
    assert.equal(lines.length, 19)
    for (const line of lines) {
      const words = line
        .replace(/ > .*$/, '')
        .split(' ')
        .map((word) => {
          const name = word.replaceAll("'", '')
          if (name === 'data/*.parquet') return at('data-*.parquet')
          return /\.(parquet|html)$|^(out|enriched)$/.test(name) ? at(name) : name
        })
      const { code, stderr } = await runProgram(...words)
      assert.deepEqual([code, stderr], [0, ''], line)
    }
  })
})
