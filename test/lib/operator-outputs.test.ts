import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { type App, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { shellVariables } from '../../bin/operator/names.ts'
import { outputsOf, pipelineIn as pipelineNamed } from '../../bin/operator/pipeline-outputs.ts'
import { SupertrendPipeline } from '../../lib/supertrend-pipeline.ts'
import { newApp, pipelineIn } from './synthesised.ts'

/** The outputs of a stack as CloudFormation tells them, with the resources that they refer to. */
function outputsIn(stack: Stack): ReadonlyMap<string, string> {
  const outputs = Object.entries(Template.fromStack(stack).findOutputs('*'))
  return new Map(outputs.map(([id, { Value }]) => [id, JSON.stringify(Value)]))
}

describe('the outputs of a stack with several pipelines', () => {
  const stack = new Stack(newApp(), 'Market')
  new SupertrendPipeline(new Construct(stack, 'US-stocks'), 'Bars', { settings: { carry: { within: 'incoming/*/' } } })
  new SupertrendPipeline(stack, 'Coins', { canaryEvery: Duration.hours(1) })
  const all = outputsIn(stack)

  it('name what the commands of an operator need, for each pipeline its own', () => {
    const namesOf = (pipeline: string) => {
      const outputs = outputsOf(all, pipelineNamed('Market', all, pipeline))
      const deployment = { environment: undefined, options: '--stack Market', stackName: 'Market', outputs }
      return new Map(shellVariables(deployment, 0).map((line) => line.split(/=(.*)/s) as [string, string]))
    }
    const [stocks, coins] = [namesOf('US-stocks/Bars'), namesOf('Coins')]
    assert.match(stocks.get('PIPELINE')!, /Market-US-stocks-Bars/)
    assert.match(coins.get('PIPELINE')!, /Market-Coins/)
    for (const name of ['ARRIVALS', 'DEAD_LETTERS', 'FUNCTION', 'BACKFILL', 'LOG', 'ARRIVALS_SOURCE', 'PAGE_TOPIC']) {
      assert.match(stocks.get(name)!, /USstocksBars|undefined/, name)
      assert.match(coins.get(name)!, /Coins/, name)
    }
    assert.deepEqual([stocks.has('CANARY'), coins.has('CANARY')], [false, true])
    assert.deepEqual([stocks.has('SEQUENCES'), coins.has('SEQUENCES')], [true, false])
    assert.equal(coins.has('ENVIRONMENT'), false)
  })
})

describe('the outputs of a pipeline', () => {
  it('are left out on demand', () => {
    assert.equal(outputsIn(pipelineIn(() => ({ outputs: false })).stack).size, 0)
  })

  it('are refused at synthesis if the stack has more than CloudFormation takes', () => {
    const own = outputsIn(pipelineIn(() => ({})).stack).size
    const withOutputs = (count: number) => {
      const { stack } = pipelineIn(() => ({}))
      for (let i = own; i < count; i++) new CfnOutput(stack, `Other${i}`, { value: 'x' })
      return stack.node.root as App
    }
    withOutputs(200).synth()
    assert.throws(() => withOutputs(201).synth(), /Market has 201 outputs; CloudFormation allows 200/)
  })
})
