import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { BACKFILL_RESULTS_PREFIX, KEYS_PER_CHILD } from '../../functions/shared/names.ts'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { type EnvironmentName, environmentNamed } from '../../lib/environments.ts'
import { newApp, VALIDATION } from './synthesised.ts'

const RECOMMENDED: Record<string, unknown> = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
).context

function templateOf(name: EnvironmentName, flags: Readonly<Record<string, unknown>>): Template {
  return Template.fromStack(new EnrichmentStack(newApp(flags), 'Stack', environmentNamed(name)))
}

// biome-ignore lint/suspicious/noExplicitAny: a state machine's definition
function definitionOf(template: Template): any {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'))
  const pieces: unknown[] = machine!.Properties.DefinitionString['Fn::Join'][1]
  return JSON.parse(pieces.map((piece) => (typeof piece === 'string' ? piece : Object.values(piece!)[0])).join(''))
}

describe('the state machine of a backfill', () => {
  it('sends every key of a listing to the queue of repairs, and fails when one cannot be sent', () => {
    const { Files } = definitionOf(templateOf('prod', {})).States
    assert.match(Files.ItemReader.Resource, /s3:listObjectsV2$/)
    assert.deepEqual(Files.ItemReader.Parameters, { 'Bucket.$': '$.bucket', 'Prefix.$': '$.prefix' })
    const BatchInput = { 'bucket.$': '$.bucket', 'again.$': '$.again', 'isNew.$': '$.isNew' }
    assert.deepEqual(Files.ItemBatcher, { MaxItemsPerBatch: KEYS_PER_CHILD, BatchInput })
    // left out, they are 0
    assert.deepEqual([Files.ToleratedFailurePercentage, Files.ToleratedFailureCount], [undefined, undefined])
    assert.deepEqual(Files.ItemProcessor.ProcessorConfig, { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' })
    const { Keys } = Files.ItemProcessor.States
    const { Send } = Keys.ItemProcessor.States
    assert.match(Send.Resource, /sqs:sendMessage$/)
    assert.deepEqual(Object.keys(Send.Parameters.MessageBody), ['bucket.$', 'key.$', 'size.$', 'again.$'])
    assert.deepEqual(Keys.ResultSelector, { 'sent.$': 'States.ArrayLength($)' })
  })

  it('writes its results to the bucket, with every feature flag of CDK and with none', () => {
    const templates = [{}, { ...RECOMMENDED, [VALIDATION]: false }].map((flags) => templateOf('prod', flags))
    const [without, withAll] = templates.map(definitionOf)
    assert.deepEqual(without, withAll)
    const { Resource, Parameters } = without.States.Files.ResultWriter
    assert.match(Resource, /:states:::s3:putObject$/)
    assert.equal(Parameters.Prefix, BACKFILL_RESULTS_PREFIX)
    for (const template of templates) {
      const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'))
      assert.match(policies, /\/backfill-results\/\*/)
    }
  })

  it('has a log that takes no room in the policy of the account, and another one when the stack is created again', () => {
    templateOf('prod', {}).hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: {
        'Fn::Join': [
          '',
          ['/aws/vendedlogs/states/Stack-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }],
        ],
      },
    })
  })

  it('sets the flags that CDK recommends', () => {
    const file = new URL(import.meta.resolve('aws-cdk-lib/recommended-feature-flags.json'))
    assert.deepEqual(RECOMMENDED, JSON.parse(readFileSync(file, 'utf8')))
  })

  it('has a batch of one key where the emulator knows no batches', () => {
    const { Files } = definitionOf(templateOf('local', {})).States
    assert.equal(Files.ItemBatcher, undefined)
    assert.deepEqual(Object.keys(Files.ItemSelector), ['Items.$', 'BatchInput'])
  })
})
