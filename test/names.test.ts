import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const files = globSync('{bin,functions,lib}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] }).map((file) =>
  file.replaceAll('\\', '/'),
)

/** Names that several files declare, and why each of them keeps it. */
const SHARED: Readonly<Record<string, string>> = {
  Deployment: 'the stack that an operator works on; the number of a version and its stack in the metadata of an object',
  parsed: 'events and settings: they are refused in different ways',
  shown: 'a text for the terminal; a value of an event',
  together: 'bars of one time; the contents of several events',
  writeChart: 'to the place that a command names; to the key of the function',
  MEMORY: 'the memory of each function of the stack',
  FunctionName: 'one type: the package exports it without the bundler that declares it',
  USAGE: 'the help of each command',
  handler: 'Lambda calls each of its functions by this name',
  lambda: 'each Lambda function creates itself once',
  fromEnvironment: 'each Lambda function has its own environment',
}

/** Names that a text declares at its top level, which the formatter puts at the start of a line. */
function declaredIn(text: string): string[] {
  const outside = text.replaceAll(/`(?:[^`\\]|\\.)*`/gs, '``')
  const names = outside.matchAll(
    /^(?:export )?(?:async )?(?:const|let|function\*?|class|abstract class|interface|type) (\w+)/gm,
  )
  const lists = outside.matchAll(/^(?:export )?(?:const|let) [[{]([^\]}]+)[\]}] =/gm)
  return [
    ...Array.from(names, ([, name]) => name!),
    ...Array.from(lists, ([, list]) => list!.split(',').map((entry) => entry.split(':').at(-1)!.trim())).flat(),
  ].filter(Boolean)
}

/** Names that more than one file declares, each with its files. */
function twinsIn(texts: ReadonlyMap<string, string>): Record<string, string[]> {
  const places = new Map<string, string[]>()
  for (const [file, text] of texts) {
    for (const name of new Set(declaredIn(text))) places.set(name, [...(places.get(name) ?? []), file])
  }
  return Object.fromEntries([...places].filter(([, declaring]) => declaring.length > 1))
}

describe('a constant, function or type', () => {
  const twins = twinsIn(new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')])))

  it('has a name of its own: no two files declare the same name', () => {
    assert.ok(files.length > 300, `${files.length} files`)
    assert.deepEqual(Object.fromEntries(Object.entries(twins).filter(([name]) => !(name in SHARED))), {})
  })

  it('shares its name only as long as several files declare it', () =>
    assert.deepEqual(
      Object.keys(SHARED).filter((name) => !(name in twins)),
      [],
    ))

  it('is found in all its forms', () => {
    const first = [
      'export const [A, B] = [1, 2]',
      'const { c, d: e } = f()',
      'async function g() {}',
      'export function* h() {}',
      'interface I {}',
      'export type J = number',
      'let k = `\nconst notDeclared = 1\n`',
    ]
    const texts = new Map([
      ['one.ts', first.join('\n')],
      ['two.ts', first.join('\n')],
    ])
    assert.deepEqual(Object.keys(twinsIn(texts)).sort(), ['A', 'B', 'I', 'J', 'c', 'e', 'g', 'h', 'k'])
  })
})
