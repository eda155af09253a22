/** The rules of biome.json about imports between folders, for `import('...')` too: biome looks at import statements alone. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (name: string) => readFileSync(path.join(root, name), 'utf8')

interface Override {
  readonly includes: readonly string[]
  readonly linter: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] }
        }
      }
    }
  }
}

const rules = (JSON.parse(read('biome.json')) as { overrides: Override[] }).overrides.flatMap(
  ({ includes, linter: { rules } }) => {
    const groups = rules.style?.noRestrictedImports?.options.patterns.map(({ group }) => group)
    return groups ? [{ includes, groups }] : []
  },
)

/** Whether a pattern that is not negated matches, and none after it takes that back. */
function isRefused(specifier: string, group: readonly string[]): boolean {
  const name = specifier.replace(/^(\.{1,2}\/)+/, '')
  let refused = false
  for (const pattern of group) {
    if (pattern.startsWith('!')) refused = refused && !path.matchesGlob(name, pattern.slice(1))
    else refused = refused || path.matchesGlob(name, pattern)
  }
  return refused
}

/** The imports within expressions and types of a file that a rule refuses. Of several rules for a file, the last one holds. */
function refusedIn(file: string, text: string): string[] {
  const rule = rules.findLast(({ includes }) => includes.some((pattern) => path.matchesGlob(file, pattern)))
  const specifiers = Array.from(text.matchAll(/\b(?:import|require|require\.resolve)\(\s*['"`]([^'"`]+)['"`]/g))
  return specifiers
    .map(([, specifier]) => specifier!)
    .filter((specifier) => rule?.groups.some((group) => isRefused(specifier, group)))
}

describe('an import within an expression or a type', () => {
  it('goes in the direction in which imports go', () => {
    assert.ok(rules.length > 10, `${rules.length} rules`)
    const files = globSync('{functions,lib}/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
    assert.ok(files.length > 200, `${files.length} files`)
    assert.deepEqual(
      files.flatMap((file) => refusedIn(file, read(file)).map((specifier) => `${file}: ${specifier}`)),
      [],
    )
  })

  it('is refused where the statement would be', () => {
    const market = 'functions/market/prices.ts'
    assert.deepEqual(refusedIn(market, `type A = import('../parquet/format/footer.ts').Footer`), [
      '../parquet/format/footer.ts',
    ])
    assert.deepEqual(refusedIn(market, `await import(\n  "node:fs",\n)`), ['node:fs'])
    assert.deepEqual(refusedIn(market, `type A = import('../shared/decoded-column.ts').DecodedColumn`), [])
    const append = 'functions/parquet/write/append.ts'
    assert.deepEqual(refusedIn(append, `import('../read-back/read-back.ts')`), ['../read-back/read-back.ts'])
    assert.deepEqual(refusedIn(append, `import('../read/page.ts')`), [])
    assert.deepEqual(refusedIn('functions/lambda/deliver.ts', `import('@aws-sdk/client-s3')`), ['@aws-sdk/client-s3'])
    assert.deepEqual(refusedIn('lib/alarms.ts', `import('../functions/market/prices.ts')`), [
      '../functions/market/prices.ts',
    ])
    assert.deepEqual(refusedIn('lib/alarms.ts', `import('../functions/shared/names.ts')`), [])
  })
})
