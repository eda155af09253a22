/** What docs/decisions/commit-protocol.md says of each rule holds: its storm or its test fails without the rule. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readDocument } from '../readme/documents.ts'
import { firstWrong } from './storm/rules/first-wrong.ts'
import { RULES } from './storm/rules/rules.ts'
import { rowOf, rowsInTable } from './storm/rules/table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const takeAway = path.join(import.meta.dirname, 'storm/rules/take-away.ts')
const rows = rowsInTable(readDocument('docs/decisions/commit-protocol.md'))
const concurrency = os.availableParallelism()
/** One test that failed, as TAP states it. */
const FAILURE = /^ *not ok /m

/** @returns whether one of its tests fails, which ends it; a test that cannot be loaded prints nothing */
async function failsWithout(rule: string, test: string): Promise<boolean> {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const child = spawn(process.execPath, ['--import', takeAway, '--test-reporter', 'tap', test], {
    cwd: root,
    env: { ...environment, WITHOUT_RULE: rule },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
    if (FAILURE.test(output)) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return FAILURE.test(output)
}

describe('the storm of the row', { concurrency }, () => {
  for (const { rule, row, wrongSeed } of rows) {
    if (wrongSeed === undefined) continue
    it(`ends wrong without ${rule}, as the row says`, async () => {
      const found = await firstWrong(rule, 1, wrongSeed)
      assert.ok(found, `seed ${wrongSeed} ends right: npm run storm:rules -- --write ${rule}`)
      assert.equal(rowOf(rule, found, 1), row)
    })
  }
})

describe('the test that meets the moment', { concurrency }, () => {
  for (const [rule, { stays }] of Object.entries(RULES)) {
    const test = /test\/\S+\.test\.ts/.exec(stays ?? '')?.[0]
    if (test === undefined) continue
    it(`fails without ${rule}: ${test}`, async () => {
      assert.ok(await failsWithout(rule, test))
    })
  }
})
