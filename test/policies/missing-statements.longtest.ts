/** Whether the table of calls is complete the other way round: every statement of every policy is one that somebody needs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WHOLE } from '../templates/setups.ts'
import { Judged } from './judge.ts'
import type { Template } from './resolve.ts'

describe('a template that lacks a statement', () => {
  const template = WHOLE.template()

  it('is found, whichever it lacks', async () => {
    const unnoticed: string[] = []
    for (const { without, what } of withoutEachStatement(template)) {
      const judged = new Judged(without)
      const found = [...(await judged.refused()), ...(await judged.allowedToStrangers())]
      if (found.length === 0) unnoticed.push(what)
    }
    assert.deepEqual(unnoticed, [])
  })
})

function* withoutEachStatement(template: Template): Generator<{ readonly without: Template; readonly what: string }> {
  for (const [id, { Properties }] of Object.entries(template.Resources)) {
    const property = ['PolicyDocument', 'AssumeRolePolicyDocument'].find((name) => Properties?.[name]?.Statement)
    if (property === undefined) continue
    for (const i of Properties[property].Statement.keys()) {
      const without = structuredClone(template) as Template
      const [statement] = without.Resources[id]!.Properties[property].Statement.splice(i, 1)
      yield { without, what: `${id}: ${JSON.stringify(statement)}` }
    }
  }
}
