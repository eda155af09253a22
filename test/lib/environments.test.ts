import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ENVIRONMENT_NAMES, environmentNamed } from '../../lib/environments.ts'
import { stackOf, templateOf } from './synthesised.ts'

describe('the alarm of waiting files', () => {
  for (const name of ENVIRONMENT_NAMES) {
    it(`of ${name} stays silent when the function is killed for a file once or twice`, () => {
      const template = templateOf(name)
      const propertiesOf = (type: string) =>
        Object.values(template.findResources(type)).map(({ Properties }) => Properties)
      const queue = propertiesOf('AWS::SQS::Queue').find(({ QueueName }) => QueueName.endsWith('-arrivals'))!
      const alarm = propertiesOf('AWS::CloudWatch::Alarm').find(({ AlarmName }) =>
        AlarmName.endsWith('-OldestMessage'),
      )!
      assert.equal(alarm.MetricName, 'ApproximateAgeOfOldestMessage')
      assert.ok(alarm.Threshold >= 2 * queue.VisibilityTimeout + 60, `${alarm.Threshold} ${queue.VisibilityTimeout}`)
    })
  }
})

describe('the memory of the function', () => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  const cost = page.slice(page.indexOf('### Cost'))
  const total = new Map<number, number>()
  for (const [, memory, dollars] of cost.matchAll(/^\| a (?:m|th)\D*.*? \| (\d+) MB \| .* \$([\d.]+) \|$/gm)) {
    total.set(Number(memory), (total.get(Number(memory)) ?? 0) + Number(dollars))
  }

  it('is the largest whose cost is within 5 % of the cheapest, by the table of the benchmark', () => {
    assert.deepEqual([...total.keys()], [256, 512, 1024, 1769, 3008])
    const most = 1.05 * Math.min(...total.values())
    const within = [...total].filter(([, dollars]) => dollars <= most).map(([memory]) => memory)
    assert.equal(environmentNamed('prod').environment.memory?.toMebibytes(), Math.max(...within))
  })
})

describe('an environment', () => {
  it('that is not in the table is refused with those that are', () => {
    assert.throws(() => environmentNamed('production'), {
      message: 'the environment is "production"; allowed are dev, staging, prod, local',
    })
    assert.throws(() => environmentNamed('toString'), /allowed are dev, staging, prod, local/)
  })

  it('is deployed to its account and region and to no other, or to those of the command', () => {
    const target = (more: object) => stackOf('dev', more).stack.environment
    assert.equal(target({ account: '123456789012', region: 'eu-west-1' }), 'aws://123456789012/eu-west-1')
    assert.equal(target({ account: '123456789012' }), 'aws://123456789012/unknown-region')
    assert.equal(target({}), 'aws://unknown-account/unknown-region')
  })

  it('may be protected from deletion, as prod is', () => {
    const isProtected = (name: 'prod' | 'dev', more = {}) => stackOf(name, more).stack.terminationProtection
    assert.deepEqual([isProtected('prod'), isProtected('dev')], [true, false])
    assert.equal(isProtected('dev', { terminationProtection: true }), true)
  })
})
