import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SETUPS, WHOLE } from '../templates/setups.ts'
import { quickOrThorough } from '../thorough.ts'
import { Judged } from './judge.ts'
import type { Template } from './resolve.ts'

for (const setup of SETUPS.filter((each, i) => each === WHOLE || i % quickOrThorough(9, 1) === 0)) {
  describe(`the policies of ${setup.name}`, () => {
    const judged = new Judged(setup.template(), setup.existingKeys)

    it('allow every call that is made', async () => {
      assert.deepEqual(await judged.refused(), [])
    })

    it('allow a role nothing else', async () => {
      assert.deepEqual(await judged.excess(), [])
    })

    it('allow nothing to other accounts, to other buckets and over plain HTTP', async () => {
      assert.deepEqual(await judged.allowedToStrangers(), [])
    })
  })
}

describe('a fault in a template is found:', () => {
  const template = WHOLE.template()
  const withFault = (type: string, fault: (statements: Statement[]) => Statement[]) => {
    const faulty = structuredClone(template) as Template
    for (const { Type, Properties } of Object.values(faulty.Resources)) {
      if (Type === type) Properties.PolicyDocument.Statement = fault(Properties.PolicyDocument.Statement)
    }
    return new Judged(faulty)
  }

  it('alarms that reach nobody, because the policies of their topics only deny', async () => {
    const judged = withFault('AWS::SNS::TopicPolicy', (all) => all.filter(({ Effect }) => Effect === 'Deny'))
    const refused = await judged.refused()
    assert.ok(refused.length >= 10)
    for (const call of refused) assert.match(call, /^cloudwatch\.amazonaws\.com sns:Publish /)
  })

  it('roles that may delete any object', async () => {
    const judged = withFault('AWS::IAM::Policy', (all) => [
      ...all,
      { Effect: 'Allow', Action: 's3:DeleteObject', Resource: '*' },
    ])
    const excess = await judged.excess()
    for (const role of ['Enrichment', 'Canary', 'Audit', 'Backfill']) {
      assert.ok(
        excess.some((each) => each.includes(role) && /s3:DeleteObject .*\/incoming\//.test(each)),
        role,
      )
    }
  })

  it('a queue that everybody may send to', async () => {
    const judged = withFault('AWS::SQS::QueuePolicy', (all) => [
      ...all,
      { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' },
    ])
    const allowed = await judged.allowedToStrangers()
    assert.ok(allowed.some((each) => /stranger sqs:SendMessage .*-repairs$/.test(each)))
  })
})

interface Statement {
  readonly Effect: string
  readonly [element: string]: unknown
}
