import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outputsOf, pipelineIn } from '../../../bin/operator/pipeline-outputs.ts'

const outputs = (...ids: string[]) =>
  new Map(
    ids.flatMap((id) => ['BackfillArn', 'BucketName'].map((name) => [`${id}${name}`, `${name} of ${id}`] as const)),
  )

describe('the pipeline of a stack', () => {
  it('is the only one, or the one that is named', () => {
    assert.equal(pipelineIn('Market', outputs(''), undefined), '')
    assert.equal(pipelineIn('Market', outputs('Bars'), undefined), 'Bars')
    const two = outputs('StocksBars', 'Coins')
    assert.equal(pipelineIn('Market', two, 'Stocks/Bars'), 'StocksBars')
    assert.deepEqual(Object.fromEntries(outputsOf(two, 'Coins')), {
      BackfillArn: 'BackfillArn of Coins',
      BucketName: 'BucketName of Coins',
    })
  })

  it('has to be named if there are several, by a name that is there', () => {
    const two = outputs('Stocks', 'Coins')
    assert.throws(() => pipelineIn('Market', two, undefined), /Market has several .* --pipeline Stocks, Coins$/)
    assert.throws(
      () => pipelineIn('Market', two, 'Bonds'),
      /--pipeline is "Bonds"; allowed in Market are Stocks, Coins$/,
    )
    assert.throws(() => pipelineIn('Other', new Map([['Url', 'x']]), undefined), /Other has no outputs of a pipeline/)
  })
})
