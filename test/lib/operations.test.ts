import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Duration } from 'aws-cdk-lib/core'
import { measuresOf } from '../../functions/lambda/telemetry.ts'
import {
  AUDIT_METRICS,
  CANARY_METRIC,
  METRICS,
  OUTCOME_METRICS,
  PLATFORM_METRICS,
  SEQUENCE_METRICS,
} from '../../functions/shared/names.ts'
import { ENVIRONMENT_NAMES, type Environment } from '../../lib/environments.ts'
import { QUERIES } from '../../lib/saved-queries.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'
import { type Template as ResolvableTemplate, resolved } from '../policies/resolve.ts'
import { stackOf } from './synthesised.ts'

interface Alarm {
  readonly AlarmDescription: string
  readonly AlarmActions?: unknown[]
  readonly OKActions?: unknown[]
  readonly TreatMissingData?: string
  readonly EvaluationPeriods?: number
  readonly MetricName?: string
}

const propertiesOf = (template: Template, type: string) =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties)

/** As they are deployed: names, region and account are known. */
function alarmsOf(template: Template): Alarm[] {
  const deployed = Object.values(resolved(template.toJSON() as ResolvableTemplate).Resources)
  return deployed.filter(({ Type }) => /Alarm$/.test(Type)).map(({ Properties }) => Properties)
}

describe('the alarms', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8')
  const sections = new Set([...runbook.matchAll(/^## (.+)$/gm)].map((match) => match[1]))

  for (const name of ENVIRONMENT_NAMES) {
    const template = Template.fromStack(stackOf(name).stack)
    const alarms = alarmsOf(template)

    it(`of ${name} say what they mean and where it is written what to do, and reach somebody`, () => {
      assert.ok(alarms.length >= 10)
      for (const { AlarmDescription, AlarmActions, OKActions } of alarms) {
        const [, impact, section] = /^(.{20,}\.) What to do: docs\/runbook\.md#([a-z-]+)\n/.exec(AlarmDescription) ?? []
        assert.ok(impact, AlarmDescription)
        assert.ok(section && sections.has(section), `the runbook has no section ${section}`)
        // a single failure comes and goes within minutes: only the summary says when all is well again
        assert.equal((AlarmActions?.length ?? 0) + (OKActions?.length ?? 0), 1)
      }
    })

    it(`of ${name} are silent when nothing happens, but for the canary`, () => {
      for (const { TreatMissingData, MetricName } of alarms) {
        if (MetricName === undefined) continue
        assert.equal(TreatMissingData, MetricName === CANARY_METRIC ? 'breaching' : 'notBreaching', MetricName)
      }
    })
  }

  it('ring below a number of files where silence is the trouble, else from a number of failures on', () => {
    const more = { maxSilence: Duration.days(1), canaryEvery: Duration.hours(1) }
    const template = Template.fromStack(stackOf('prod', more).stack)
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm')
    const byOperator = Object.groupBy(alarms, ({ ComparisonOperator }) => ComparisonOperator)
    assert.deepEqual(Object.keys(byOperator).sort(), ['GreaterThanOrEqualToThreshold', 'LessThanThreshold'])
    const below = byOperator.LessThanThreshold!.map(({ AlarmName }) => AlarmName.replace(/^.*-/, ''))
    assert.deepEqual(below.sort(), ['Canary', 'Silence'])
  })

  it('page when files are not enriched; a problem of the uploader, or one that can wait, is a ticket', () => {
    const template = Template.fromStack(stackOf('prod').stack)
    const topicOf = ({ AlarmActions }: Alarm) => JSON.stringify(AlarmActions).match(/Topics(Page|Ticket)/)?.[1]
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm') as (Alarm & { AlarmName: string })[]
    const byTopic = Object.groupBy(alarms, (alarm) => topicOf(alarm) ?? 'nobody')
    const names = (found: typeof alarms = []) => found.map(({ AlarmName }) => AlarmName.replace(/^.*-/, '')).sort()
    assert.deepEqual(names(byTopic.Page), ['Canary', 'DeadLetters', 'Errors', 'Failing', 'OldestMessage', 'Recursion'])
    const tickets = [
      'Audit',
      'AuditFailed',
      'AuditIncomplete',
      'Duration',
      'Memory',
      'OldestRepair',
      'OutOfMemory',
      'Refused',
      'SecondaryFailed',
      'Throttles',
      'Unsuccessful',
    ]
    assert.deepEqual(names(byTopic.Ticket), tickets)
    assert.equal(byTopic.nobody, undefined)
  })

  it('may be published to their topics by CloudWatch, for this account alone', () => {
    const template = Template.fromStack(stackOf('prod').stack)
    const policies = propertiesOf(template, 'AWS::SNS::TopicPolicy')
    assert.equal(policies.length, 2)
    for (const { PolicyDocument } of policies) {
      const allowed = PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow')
      assert.deepEqual(
        allowed.map((statement: Record<string, unknown>) => [
          statement.Action,
          statement.Principal,
          statement.Condition,
        ]),
        [
          [
            'sns:Publish',
            { Service: 'cloudwatch.amazonaws.com' },
            { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          ],
        ],
      )
    }
  })

  it('of prod warn at synthesis when they reach nobody, or link no runbook', () => {
    const warnings = (more: Environment, text = /no alarm reaches anybody/) => {
      const { app } = stackOf('prod', more)
      const { messages } = app.synth().stacks[0]!
      return messages.filter(({ entry }) => text.test(JSON.stringify(entry.data))).length
    }
    assert.equal(warnings({}, /links no runbook; set runbookUrl/), 1)
    assert.equal(warnings({ runbookUrl: 'https://example.com/runbook' }, /runbook/), 0)
    assert.equal(warnings({}), 1)
    assert.equal(warnings({ alarmEmail: 'ops@example.com' }), 0)
    assert.equal(warnings({ pageTopicArn: 'arn:aws:sns:us-east-1:123456789012:page' }), 0)
  })

  it('of prod are those of any account, and the synthesis warns of that, until the row names account and region', () => {
    const warnings = (more: Environment) => {
      const { messages } = stackOf('prod', more).app.synth().stacks[0]!
      return messages.filter(({ entry }) => /any account and region; set account/.test(JSON.stringify(entry.data)))
        .length
    }
    assert.equal(warnings({}), 1)
    assert.equal(warnings({ account: '123456789012' }), 1)
    assert.equal(warnings({ account: '123456789012', region: 'eu-west-1' }), 0)
  })

  it('leave no section of the runbook without an alarm', () => {
    const settings = { carry: { within: 'incoming/*/' } }
    const options = { maxSilence: Duration.hours(24), canaryEvery: Duration.hours(1), settings }
    const template = Template.fromStack(stackOf('prod', options).stack)
    const described = alarmsOf(template).map(({ AlarmDescription }) => AlarmDescription)
    for (const section of sections) {
      assert.ok(
        described.some((text) => text.includes(`docs/runbook.md#${section}\n`)),
        section,
      )
    }
  })
})

describe('the filters of the log of Lambda', () => {
  const report = (record: object) => ({ time: '2026-01-01T00:00:00Z', type: 'platform.report', record })
  const metrics = { durationMs: 12, maxMemoryUsedMB: 187, memorySizeMB: 512 }
  const lines = {
    success: report({ status: 'success', metrics }),
    timeout: report({ status: 'timeout', metrics }),
    outOfMemory: report({ status: 'error', errorType: 'Runtime.OutOfMemory', metrics }),
    exit: report({ status: 'error', errorType: 'Runtime.ExitError', metrics }),
    start: { type: 'platform.start', record: { status: 'error' } },
    ours: { level: 'ERROR', outcome: 'failed' },
  }
  const filters = propertiesOf(Template.fromStack(stackOf('dev').stack), 'AWS::Logs::MetricFilter')
  const matching = (name: string) => {
    const filter = filters.find(({ MetricTransformations }) => MetricTransformations[0].MetricName.endsWith(`-${name}`))
    return Object.entries(lines).flatMap(([line, value]) => (matches(filter!.FilterPattern, value) ? [line] : []))
  }

  it('count invocations that Lambda ended', () => {
    assert.deepEqual(matching(PLATFORM_METRICS.unsuccessful), ['timeout', 'outOfMemory', 'exit'])
    assert.deepEqual(matching(PLATFORM_METRICS.outOfMemory), ['outOfMemory'])
  })

  it('take the memory of every report', () => {
    assert.deepEqual(matching(PLATFORM_METRICS.memoryUsedMB), ['success', 'timeout', 'outOfMemory', 'exit'])
    const values = filters.map(({ MetricTransformations }) => MetricTransformations[0].MetricValue)
    assert.deepEqual(values.toSorted(), ['$.record.metrics.maxMemoryUsedMB', '1', '1'])
  })

  it('have something to filter: the log is JSON and holds reports', () => {
    Template.fromStack(stackOf('dev').stack).hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'INFO' },
    })
  })
})

/** The part of CloudWatch's pattern language that is used: comparisons joined by &&. */
function matches(pattern: string, line: object): boolean {
  const terms = pattern.slice(1, -1).split('&&')
  return terms.every((term) => {
    const [, path, operator, literal] = /^\s*\$\.(\S+) (=|!=|>) (\S+)\s*$/.exec(term) ?? []
    assert.ok(path && operator && literal, `not understood: ${term}`)
    const value = path
      .split('.')
      .reduce<unknown>((of, name) => (of as Record<string, unknown> | undefined)?.[name], line)
    // a field that is not there matches nothing, not even !=
    if (value === undefined) return false
    const expected = JSON.parse(literal)
    return operator === '=' ? value === expected : operator === '!=' ? value !== expected : Number(value) > expected
  })
}

describe('the dashboard and the saved queries', () => {
  it('show metrics that exist, of this deployment', () => {
    const template = Template.fromStack(stackOf('dev', { settings: { carry: { within: 'incoming/*/' } } }).stack)
    const [dashboard] = propertiesOf(template, 'AWS::CloudWatch::Dashboard')
    const body = JSON.stringify(dashboard)
    const known = new Set<string>([
      ...Object.values(OUTCOME_METRICS),
      ...Object.values(METRICS),
      ...Object.values(AUDIT_METRICS),
      ...Object.values(SEQUENCE_METRICS),
    ])
    const shown = [...body.matchAll(/ParquetSupertrend\\",\\"([A-Za-z]+)\\",\\"service\\",\\"Stack\\"/g)].map(
      (m) => m[1]!,
    )
    assert.deepEqual(new Set(shown), known)
  })

  it('ask for fields that the log lines have', async () => {
    const bucket = new FakeBucket()
    const { handler, files } = lambdaOn(bucket)
    const bars = someBars(30)
    const uploads = [barsFile([...bars, { ...bars[3]!, close: 1 }]), new Uint8Array(20)]
    for (const bytes of uploads)
      await handler(sqsEvent([s3Event(bucket.name, bucket.upload('incoming/a.parquet', bytes))]))
    await handler(sqsEvent(['{']))
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['enriched', 'refused', 'failed'],
    )
    const lines = files.map((file) => ({ message: 'x', ...file, '@timestamp': 1 }))
    const has = (path: string) =>
      lines.some(
        (line) =>
          path.split('.').reduce<unknown>((of, name) => (of as Record<string, unknown> | undefined)?.[name], line) !==
          undefined,
      )
    for (const { fields } of Object.values(QUERIES)) for (const field of fields) assert.ok(has(field), field)
  })

  it('count under the names that the function uses', () => {
    const measures = measuresOf({ requestId: 'r', outcome: 'refused', code: 'c', reason: 'r', reportKey: 'k' })
    assert.deepEqual(
      measures.map(([name]) => name),
      [OUTCOME_METRICS.refused],
    )
    const repeated = { outcome: 'refused', code: 'failed-repeatedly', reason: 'r', reportKey: 'k' } as const
    const ofRepeated = measuresOf({ requestId: 'r', ...repeated })
    assert.deepEqual(
      ofRepeated.map(([name]) => name),
      [OUTCOME_METRICS.refused, OUTCOME_METRICS.failed],
    )
  })
})

describe('the permissions of the function', () => {
  it('are those that it uses: none is missing, none is unused', async () => {
    const bucket = new FakeBucket({ versioned: true })
    const { handler, files } = lambdaOn(bucket)
    const upload = (key: string, bytes: Uint8Array) =>
      handler(sqsEvent([s3Event(bucket.name, bucket.upload(key, bytes))]))
    const large = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })
    await upload('incoming/a.parquet', new Uint8Array(20))
    await upload('incoming/a.parquet', barsFile(someBars(30)))
    await upload('incoming/b.parquet', large)
    // a copy that fails is given up
    bucket.failNext('UploadPartCopy')
    await upload('incoming/c.parquet', large)
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['refused', 'enriched', 'enriched', 'failed'],
    )

    const done = new Set(bucket.requests.flatMap(({ name, input }) => actionsOf(name, input)))
    const template = Template.fromStack(stackOf('prod').stack)
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'))
    const policy = policies.find(([id]) => id.startsWith('EnrichmentRole'))?.[1].Properties
    const granted = new Set<string>()
    for (const { Action, Resource } of policy!.PolicyDocument.Statement) {
      const under = /"\/([a-z]+)\/\*"/.exec(JSON.stringify(Resource))?.[1]
      // the canary's place is handled by the same code
      if (under && under !== 'canary') for (const action of [Action].flat()) granted.add(`${action} ${under}/`)
    }
    assert.deepEqual([...done].sort(), [...granted].sort())
  })
})

/** Source: the service authorization reference of S3. */
function actionsOf(name: string, input: Readonly<Record<string, unknown>>): string[] {
  const under = `${String(input.Key).split('/')[0]}/`
  switch (name) {
    case 'GetObject':
    case 'HeadObject':
      return [`s3:GetObject ${under}`]
    case 'UploadPartCopy':
      return ['s3:GetObject incoming/', `s3:PutObject ${under}`]
    case 'PutObject':
    case 'CreateMultipartUpload':
    case 'UploadPart':
    case 'CompleteMultipartUpload':
      return [`s3:PutObject ${under}`]
    case 'AbortMultipartUpload':
      return [`s3:AbortMultipartUpload ${under}`]
    case 'DeleteObject':
      return [`s3:DeleteObject ${under}`]
    default:
      throw new Error(`what does ${name} need?`)
  }
}
