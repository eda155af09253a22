/**
 * The alarms, in two severities. A page means that files are not being enriched; only the operator is notified of it. A
 * ticket means that an operator should look in office hours. Each alarm needs an impact sentence and a section of the
 * runbook. docs/runbook.md lists the alarm that each failure raises.
 */
import { type Alarm, AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { AlarmLinks } from './alarm-links.ts'
import { pageAlarms } from './page-alarms.ts'
import { type AlarmProps, type AlarmsProps, instructionOf, PipelineAlarm } from './pipeline-alarm.ts'
import type { Pipeline } from './pipeline-props.ts'
import { ticketAlarms } from './ticket-alarms.ts'

export class Alarms extends Construct {
  readonly #pipeline: Pipeline
  readonly #links: AlarmLinks

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#pipeline = props
    const { name, topics, queues, logGroup, audit, canary } = props
    this.#links = new AlarmLinks(this, {
      name,
      deadLettersName: queues.deadLettersName,
      logs: { enrichment: logGroup, audit: audit.logGroup, ...(canary && { canary: canary.function.logGroup }) },
    })
    const pages = this.#create(pageAlarms(props), topics.page)
    this.#create(ticketAlarms(props), topics.ticket)
    if (!props.isEmulated) this.#summary(pages, topics.page)
  }

  #create(alarms: Readonly<Record<string, AlarmProps>>, receiver: ITopic): Alarm[] {
    const common = { pipeline: this.#pipeline, links: this.#links, receiver }
    return Object.entries(alarms).map(([id, props]) => new PipelineAlarm(this, id, { ...props, ...common }))
  }

  /**
   * Combines all pages into one alarm. Only this alarm also notifies on recovery: a single failure starts and ends within
   * a period, and two mails for each would be noise.
   */
  #summary(pages: readonly Alarm[], receiver: ITopic): void {
    const what = instructionOf(this.#pipeline, 'Files are not being enriched.', 'files-are-not-being-enriched')
    const summary = new CompositeAlarm(this, 'NotEnriching', {
      compositeAlarmName: `${this.#pipeline.name}-NotEnriching`,
      alarmDescription: this.#links.describe('NotEnriching', what),
      alarmRule: AlarmRule.anyOf(...pages.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    })
    summary.addOkAction(new SnsAction(receiver))
  }
}
