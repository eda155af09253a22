import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Template } from 'aws-cdk-lib/assertions'
import { OPTIONS, templateOf } from './synthesised.ts'

/**
 * In us-east-1, in dollars a month, without free tiers: https://aws.amazon.com/cloudwatch/pricing/, /sqs/pricing/ and
 * /kms/pricing/.
 */
const DOLLARS = { alarm: 0.1, compositeAlarm: 0.5, dashboard: 3, sqsRequest: 0.4e-6, key: 1, metric: 0.3 } as const
/** Lambda polls each queue with five requests at a time, which wait 20 seconds for a message. */
const POLLS_A_MONTH = (5 * 30 * 24 * 3600) / 20

function costAtRest(template: Template): Record<'alarms' | 'dashboard' | 'polling' | 'keys' | 'canary', number> {
  const count = (type: string) => Object.keys(template.findResources(type)).length
  const sources = count('AWS::Lambda::EventSourceMapping')
  const hasCanary = Object.keys(template.findResources('AWS::Lambda::Function')).some((id) => id.startsWith('Canary'))
  return {
    alarms:
      count('AWS::CloudWatch::Alarm') * DOLLARS.alarm +
      count('AWS::CloudWatch::CompositeAlarm') * DOLLARS.compositeAlarm,
    dashboard: count('AWS::CloudWatch::Dashboard') * DOLLARS.dashboard,
    polling: sources * POLLS_A_MONTH * DOLLARS.sqsRequest,
    keys: count('AWS::KMS::Key') * DOLLARS.key,
    // its own metric, and the memory that the function used for its file
    canary: hasCanary ? 2 * DOLLARS.metric : 0,
  }
}

describe('the cost of a stack at rest', () => {
  const documented = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8')
  const setups = {
    dev: templateOf('dev'),
    prod: templateOf('prod'),
    'prod with a key': templateOf('prod', OPTIONS['a new key']),
  }
  for (const [name, template] of Object.entries(setups)) {
    it(`is as in docs/deployment.md: ${name}`, () => {
      const parts = Object.values(costAtRest(template))
      const total = parts.reduce((sum, dollars) => sum + dollars, 0)
      const row = `| ${[name, ...[...parts, total].map((dollars) => dollars.toFixed(2))].join(' | ')} |`
      assert.ok(documented.includes(row), `the table in docs/deployment.md should have the row ${row}`)
    })
  }
})
