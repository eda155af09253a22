import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { enrichBytes } from '../parquet-files.ts'
import { NAME, nodes, packed, projectWith, root } from './tarball.ts'

const tarball = packed()
const project = projectWith(tarball)
const at = (name: string) => path.join(project, name)
const input = readFileSync(path.join(root, 'test/golden/writers/duckdb-v2-zstd.parquet'))
writeFileSync(at('bars.parquet'), input)
writeFileSync(at('expected.parquet'), (await enrichBytes(input)).output)

const PROGRAM = `
const main = async () => {
  const enriched = await enrichParquet(new Uint8Array(readFileSync('bars.parquet')), { readBack: 1 })
  const pieces = []
  for await (const piece of enriched.bytes()) pieces.push(piece.slice())
  enriched.close()
  const error = await enrichParquet(new Uint8Array(20)).catch((error) => error)
  if (!(error instanceof RefusedError) || error.code !== 'not-parquet') throw error
  process.stdout.write(Buffer.concat(pieces))
}
main()`

const FORMS = {
  import: ['own.mjs', `import { readFileSync } from 'node:fs'\nimport { enrichParquet, RefusedError } from '${NAME}'`],
  require: [
    'own.cjs',
    `const { readFileSync } = require('node:fs')\nconst { enrichParquet, RefusedError } = require('${NAME}')`,
  ],
} as const

describe('the library of the package', () => {
  for (const [version, node] of nodes()) {
    for (const [form, [name, start]] of Object.entries(FORMS)) {
      it(`has the entry point that appends, taken with ${form} on Node ${version}`, () => {
        const own = `${form === 'import' ? `import { appendColumns } from '${NAME}/append'` : `const { appendColumns } = require('${NAME}/append')`}
${start.split('\n')[0]}
appendColumns(readFileSync('bars.parquet'), [{ name: 'x', values: new Float64Array(3) }]).catch(({ code, message }) => console.log(code, message))`
        writeFileSync(at(`append-${name}`), own)
        assert.match(
          execFileSync(node, [`append-${name}`], { cwd: project, encoding: 'utf8' }),
          /^settings column "x" has 3 values/,
        )
      })

      it(`is taken with ${form} on Node ${version}, and enriches as the clone does`, () => {
        writeFileSync(at(name), start + PROGRAM)
        assert.deepEqual(execFileSync(node, [name], { cwd: project }), readFileSync(at('expected.parquet')))
      })
    }
  }

  for (const [kind, options] of Object.entries({
    'ES modules': ['--module', 'nodenext', '--types', 'node'],
    CommonJS: ['--module', 'node20', '--types', 'node'],
    'a bundler': ['--module', 'esnext', '--moduleResolution', 'bundler', '--types', 'node'],
  })) {
    it(`has types for ${kind}, all of whose packages are there`, () => {
      const modules = path.join(root, 'node_modules')
      mkdirSync(at('node_modules/@types'), { recursive: true })
      for (const name of ['@types/node', 'undici-types']) {
        if (!existsSync(at(`node_modules/${name}`))) symlinkSync(path.join(modules, name), at(`node_modules/${name}`))
      }
      const source = kind === 'CommonJS' ? 'typed.cts' : 'typed.mts'
      writeFileSync(
        at(source),
        `import { enrichParquet, type EnrichOptions, type Quality } from '${NAME}'
import { appendColumns, type AppendedColumn } from '${NAME}/append'
export const column: AppendedColumn = { name: 'x', type: 'int32', values: [1, null] }
export const more = async () => (await appendColumns(new Uint8Array(1), [column])).newBytes()
const options: EnrichOptions = { supertrends: [{ period: 10 }], keep: 'last' }
export const quality = async (): Promise<Quality> => (await enrichParquet(new Uint8Array(1), options)).quality
// @ts-expect-error -- there is no such option
enrichParquet(new Uint8Array(1), { perido: 3 })\n`,
      )
      const tsc = path.join(modules, 'typescript/bin/tsc')
      const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2022', ...options]
      execFileSync(process.execPath, [tsc, ...flags, source], { cwd: project, stdio: 'pipe' })
    })
  }
})

describe('the package, as module systems resolve it', () => {
  it('is clean for publint', async () => {
    const pkgDir = at(`node_modules/${NAME}`)
    const { messages } = await publint({ pkgDir, strict: true })
    const pkg = JSON.parse(readFileSync(path.join(pkgDir, 'package.json'), 'utf8'))
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    )
  })

  it('is clean for are-the-types-wrong', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
    assert.ok(analysis.types)
    assert.deepEqual(analysis.problems, [])
    assert.deepEqual(Object.keys(analysis.entrypoints), ['.', './append', './cdk', './package.json'])
  })
})
