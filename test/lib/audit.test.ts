import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Template } from 'aws-cdk-lib/assertions'
import { auditEvent } from '../../functions/bucket-audit/audit-event.ts'
import { AUDIT_METRICS } from '../../functions/shared/names.ts'
import type { Environment } from '../../lib/environments.ts'
import * as synthesised from './synthesised.ts'

const templateOf = (more?: Environment): Template => synthesised.templateOf('prod', more)

// biome-ignore lint/suspicious/noExplicitAny: resources of a template
function propertiesOf(template: Template, type: string, prefix: string): any[] {
  const resources = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith(prefix))
  return resources.map(([, { Properties }]) => Properties)
}

describe('the audit in the stack', () => {
  const template = templateOf()

  it('is started daily for changes and weekly for everything', () => {
    const rules = propertiesOf(template, 'AWS::Events::Rule', 'Audit')
    const schedules = rules.map(({ ScheduleExpression, Targets }) => [
      auditEvent.parse(JSON.parse(Targets[0].Input)).mode,
      ScheduleExpression,
    ])
    assert.deepEqual(schedules, [
      ['changed', 'cron(17 3 * * ? *)'],
      ['all', 'cron(17 5 ? * SUN *)'],
    ])
  })

  it('judges by the settings and the memory of the function, and repairs unless it is told not to', () => {
    const variables = (template: Template) =>
      propertiesOf(template, 'AWS::Lambda::Function', 'Audit')[0].Environment.Variables
    const [enrichment] = propertiesOf(template, 'AWS::Lambda::Function', 'Enrichment')
    const { SETTINGS, FUNCTION_MEMORY, MAX_WAIT_SECONDS, AUDIT_REPAIRS } = variables(template)
    assert.equal(SETTINGS, enrichment.Environment.Variables.SETTINGS)
    assert.equal(FUNCTION_MEMORY, String(enrichment.MemorySize))
    assert.deepEqual([MAX_WAIT_SECONDS, AUDIT_REPAIRS], ['900', 'true'])
    assert.equal(variables(templateOf({ auditRepairs: false })).AUDIT_REPAIRS, 'false')
  })

  it('may read, send repairs and call itself, and nothing else', () => {
    const [{ PolicyDocument }] = propertiesOf(template, 'AWS::IAM::Policy', 'Audit')
    const actions = PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action)
    assert.deepEqual([...new Set(actions)].filter((action) => !/^(logs|xray):/.test(String(action))).sort(), [
      'lambda:InvokeFunction',
      's3:GetObject',
      's3:ListBucket',
      'sqs:SendMessage',
    ])
    const invoke = PolicyDocument.Statement.find(
      ({ Action }: { Action: unknown }) => Action === 'lambda:InvokeFunction',
    )
    assert.match(JSON.stringify(invoke.Resource), /:function:Stack-audit"/)
    const [{ FunctionName }] = propertiesOf(template, 'AWS::Lambda::Function', 'Audit')
    assert.equal(FunctionName, 'Stack-audit')
  })

  it('has an alarm when two audits in a row find something missing or stale, or the first where nothing is repaired', () => {
    for (const [more, inARow] of [
      [{}, 2],
      [{ auditRepairs: false }, 1],
    ] as const) {
      templateOf(more).hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: 'Stack-Audit',
        EvaluationPeriods: inARow,
        DatapointsToAlarm: inARow,
        Threshold: 1,
        MetricName: AUDIT_METRICS.unsettled,
        Period: 86_400,
        Statistic: 'Maximum',
      })
    }
  })
})
