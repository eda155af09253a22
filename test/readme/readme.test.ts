import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WARNING_CODES } from '../../functions/market/quality/warnings.ts'
import { FILE_WARNING_CODES } from '../../functions/parquet/format/file-warnings.ts'
import { REFUSAL_CODES } from '../../functions/shared/errors.ts'
import { barsFile, runCli, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'
import { withoutCodeBlocks } from './code-blocks.ts'
import { withTables } from './tables.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

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
  writeFileSync(at('bars.parquet'), barsFile(someBars(500)))
  assert.equal((await runCli(at('bars.parquet'), at('enriched.parquet'))).code, 0)
})

describe('the README and the documents', () => {
  it('have tables of the options and settings that the program accepts', () => {
    assert.equal(withTables(readme), readme, 'run `npm run docs`')
  })

  it('have no broken link', () => {
    const names = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
    assert.ok(names.includes('README.md') && names.length > 5)
    for (const name of names) {
      const markdown = withoutCodeBlocks(readFileSync(path.join(root, name), 'utf8'))
      const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
      for (const link of links.filter((link) => !/^https?:/.test(link))) {
        const [file, anchor] = link.split('#') as [string, string | undefined]
        const target = file === '' ? path.join(root, name) : path.join(root, path.dirname(name), file)
        assert.ok(existsSync(target), `${name}: ${link}`)
        if (anchor) assert.ok(anchorsOf(readFileSync(target, 'utf8')).has(anchor), `${name}: ${link}`)
      }
    }
  })

  it('say of each code of a refusal, and of no other, what it means and what to do', () => {
    const text = readFileSync(path.join(root, 'docs/file-format.md'), 'utf8')
    const [, meanings, details] = text.split(/^\| code \|.*\n/gm).map((part) => part.split('\n\n')[0]!)
    const explained = [...meanings!.matchAll(/^\| `(.+?)` \| .+ \| .+ \|$/gm)].map((match) => match[1])
    assert.deepEqual(explained, [...REFUSAL_CODES])
    const known = new Set<string>(REFUSAL_CODES)
    for (const [, code] of details!.matchAll(/^\| `(.+?)`/gm)) assert.ok(known.has(code!), code)
  })

  it('say of each code of a warning, and of no other, what it means and what to do', () => {
    const text = readFileSync(path.join(root, 'docs/file-format.md'), 'utf8')
    const [, ...tables] = text.split(/^\| warning \|.*\n/gm).map((part) => part.split('\n\n')[0]!)
    const explained = tables.map((table) => [...table.matchAll(/^\| `(.+?)` \|/gm)].map((match) => match[1]))
    assert.deepEqual(explained, [[...WARNING_CODES], FILE_WARNING_CODES])
  })

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run (?:--silent )?([a-z0-9:]*[a-z0-9])/g)].map((match) => match[1]!)
    assert.ok(named.length > 10)
    for (const name of named) assert.ok(name in scripts, name)
  })

  it('show commands of the program that work', async () => {
    writeFileSync(at('data-a.parquet'), barsFile(someBars(50)))
    const lines = [...readme.matchAll(/^parquet-supertrend (.+?)(?: +#.*)?$/gm)].map((match) => match[1]!)
    assert.equal(lines.length, 9)
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
})
