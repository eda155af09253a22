import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { MAX_DESCRIPTION_LENGTH } from '../../lib/alarm-links.ts'
import { logLink } from '../../lib/console-links.ts'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { ACCOUNT, REGION, type Template as Resolvable, type Resource, resolved } from '../policies/resolve.ts'
import { newApp } from './synthesised.ts'

/** Descriptions by the last part of the alarm's name, in the region with the longest name. */
function descriptionsIn(stackName: string, props: SupertrendPipelineProps = {}): Map<string, string> {
  const stack = new Stack(newApp(), stackName)
  new SupertrendPipeline(stack, 'Bars', { canaryEvery: Duration.hours(1), maxSilence: Duration.days(1), ...props })
  const template = Template.fromStack(stack).toJSON() as Resolvable
  const named = Object.entries(template.Resources).map(([id, resource]): [string, Resource] => {
    const name = { LogGroupName: `${stackName}-${id}-ABCDEFGHIJKL` }
    return [id, resource.Type === 'AWS::Logs::LogGroup' ? { ...resource, Properties: name } : resource]
  })
  const { Resources } = resolved({ ...template, Resources: Object.fromEntries(named) })
  const alarms = Object.values(Resources).filter(({ Type }) => /Alarm$/.test(Type))
  return new Map(
    alarms.map(({ Properties: { AlarmName, AlarmDescription } }) => [
      AlarmName.replace(/^.*-/, ''),
      AlarmDescription.replaceAll(REGION, 'ap-southeast-1'),
    ]),
  )
}

const RUNBOOK = 'https://github.com/an-organisation-of-market-data/parquet-supertrend/blob/main/docs/runbook.md'

describe('the description of an alarm', () => {
  const descriptions = descriptionsIn('MarketData-prod', { runbookUrl: RUNBOOK })

  it('links the alarm, its query, the dead letters and the runbook', () => {
    const [what, alarm, log, letters] = descriptions.get('DeadLetters')!.split('\n')
    assert.ok(what!.endsWith(`What to do: ${RUNBOOK}#dead-letters`))
    const console = 'https://console.aws.amazon.com'
    const cloudWatch = `${console}/cloudwatch/home?region=ap-southeast-1`
    const [, name] = /alarm\/(MarketData-prod-Bars-[0-9A-F]{8})-DeadLetters$/.exec(alarm!) ?? []
    assert.equal(alarm, `Alarm: ${cloudWatch}#alarmsV2:alarm/${name}-DeadLetters`)
    assert.ok(log!.startsWith(`Log: ${cloudWatch}#logsV2:logs-insights$3FqueryDetail$3D`), log)
    const queue = `https://sqs.ap-southeast-1.amazonaws.com/${ACCOUNT}/${name}-dead-letters`
    const queues = `${console}/sqs/v3/home?region=ap-southeast-1#/queues`
    assert.equal(letters, `Dead letters: ${queues}/${encodeURIComponent(queue)}`)
  })

  it('asks the log for failures', () => {
    const asked = [...descriptions].flatMap(([id, text]) => {
      const [, log] = /source\S*2527MarketData-prod-Bars([A-Z][a-z]+)/.exec(text) ?? []
      return log ? [[id, log]] : []
    })
    const byLog = Object.groupBy(asked, ([, log]) => log!)
    assert.deepEqual(byLog.Audit?.map(([id]) => id).sort(), ['Audit', 'AuditFailed', 'AuditIncomplete'])
    assert.deepEqual(
      byLog.Canary?.map(([id]) => id),
      ['Canary'],
    )
    assert.equal(byLog.Enrichment?.length, 12)
  })

  it('is never longer than CloudWatch allows; links that have no room are left out', () => {
    for (const [stackName, more] of [
      ['M', 0],
      ['MarketData-prod', 0],
      ['MarketData-prod', 300],
      [
        'A-stack-with-a-name-that-leaves-no-room-for-anything-else-and-goes-on-until-it-is-as-long-as-AWS-allows-it-to-be-128-characters',
        0,
      ],
    ] as const) {
      const all = descriptionsIn(stackName, { runbookUrl: RUNBOOK + 'x'.repeat(more) })
      for (const [id, text] of all) {
        assert.ok(text.length <= MAX_DESCRIPTION_LENGTH, `${id} of ${stackName}: ${text.length}`)
        assert.match(text, /\nAlarm: /)
      }
    }
    for (const [id, text] of descriptions) {
      if (id !== 'NotEnriching' && id !== 'Silence' && id !== 'Throttles') assert.match(text, /\nLog: /, id)
    }
  })
})

describe('a link to a query', () => {
  const text = 'filter key="incoming/é (1)~\'*.parquet"|sort @timestamp desc'
  const link = logLink('eu-west-1', { logGroup: 'stack-log-1', text, days: 14 })

  it('is an object in the notation of the console, encoded twice', () => {
    const [, detail] = link.split('#logsV2:logs-insights')
    const once = decodeURIComponent(detail!.replaceAll('$', '%'))
    const [, object] = once.split('?queryDetail=')
    const [, start, editor, source] =
      /^~\(end~0~start~(-\d+)~timeType~'RELATIVE~unit~'seconds~editorString~'(.*)~source~\(~'(.*)\)\)$/.exec(
        decodeURIComponent(object!),
      ) ?? []
    assert.deepEqual([start, source], ['-1209600', 'stack-log-1'])
    assert.match(editor!, /^[\w.*-]+$/)
    assert.equal(decodeURIComponent(editor!.replaceAll('*', '%')), text)
  })
})
