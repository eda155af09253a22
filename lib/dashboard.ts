/** The CloudWatch dashboard: arrivals, outcomes, durations, memory and cost. */
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  MathExpression,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { WARNING_CODES } from '../functions/market/quality/warnings.ts'
import { FILE_WARNING_CODES } from '../functions/parquet/format/file-warnings.ts'
import { AUDIT_METRICS, IGNORED_CODES, OUTCOME_METRICS } from '../functions/shared/names.ts'
import type { FileMetrics } from './file-metrics.ts'
import { AUDIT_PERIOD, PERIOD } from './pipeline-alarm.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import { QUERIES } from './saved-queries.ts'
import type { SequenceQueues } from './sequence-queues.ts'

export interface DashboardProps extends Pipeline {
  readonly queues: Queues
  readonly sequenceQueues: SequenceQueues | undefined
  readonly metrics: FileMetrics
}

/** Of Lambda on arm64 in us-east-1, in dollars: https://aws.amazon.com/lambda/pricing/ */
const DOLLARS_PER_GB_SECOND = 0.0000133334
const DOLLARS_PER_INVOCATION = 0.0000002
/** A third of the width of the dashboard. */
const WIDTH = 8

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    const { name, metrics, runbookUrl } = props
    new CloudWatchDashboard(this, 'Dashboard', {
      // a dashboard belongs to all regions of its account
      dashboardName: `${name}-${Stack.of(this).region}`,
      widgets: [
        flow(props),
        work(props),
        load(props),
        findings(metrics),
        ...(props.sequenceQueues ? [sequenceGraphs(props.sequenceQueues, metrics)] : []),
        [graph('Messages without work, by reason', ignoredByReason(metrics), { stacked: true, width: 3 * WIDTH })],
        [new TextWidget({ markdown: help(name, runbookUrl), width: 3 * WIDTH, height: 4 })],
      ],
    })
  }
}

/** Graphs of arriving, waiting and finished files. */
function flow({ metrics, queues }: DashboardProps): IWidget[] {
  const { arrivals, repairs, deadLetters } = queues
  const outcomes = Object.keys(OUTCOME_METRICS) as (keyof typeof OUTCOME_METRICS)[]
  const waiting = [arrivals, repairs, deadLetters].map((queue) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
  )
  return [
    graph(
      'Files by outcome',
      outcomes.map((outcome) => metrics.outcome(outcome, PERIOD)),
      { stacked: true },
    ),
    graph('Arrivals and the queue', [arrivals.metricNumberOfMessagesSent({ period: PERIOD }), waiting[0]!], {
      right: [arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD })],
    }),
    graph('Dead letters and repairs', [waiting[2]!, waiting[1]!]),
  ]
}

/** Graphs of rows, durations and memory. */
function work({ metrics, timeout, memory }: DashboardProps): IWidget[] {
  const rows = ['rowsRead', 'rowsWritten', 'duplicatesDropped', 'duplicatesConflicting'] as const
  const phases = ['computeMs', 'publishMs', 'elapsedMs'] as const
  const most = (metric: Parameters<FileMetrics['of']>[0]) =>
    metrics.of(metric, { period: PERIOD, statistic: 'Maximum' })
  return [
    graph(
      'Rows and duplicates',
      rows.map((metric) => metrics.of(metric, { period: PERIOD, statistic: 'Sum' })),
    ),
    graph('Milliseconds by phase', phases.map(most), {
      leftAnnotations: [{ value: timeout.toMilliseconds(), label: 'timeout' }],
    }),
    graph('Memory', [metrics.memoryUsedMB(PERIOD), most('peakMemoryMiB')], {
      leftAnnotations: [{ value: memory.toMebibytes(), label: 'limit' }],
    }),
  ]
}

/** Graphs of bytes, invocations and cost. */
function load({ metrics, memory, isEmulated }: DashboardProps): IWidget[] {
  const { function: lambda } = metrics
  const sum = { period: PERIOD, statistic: 'Sum' }
  return [
    graph('Bytes', [metrics.of('bytesRead', sum), metrics.of('bytesWritten', sum)]),
    graph('Invocations', [
      lambda.metricInvocations({ period: PERIOD }),
      lambda.metricErrors({ period: PERIOD }),
      lambda.metricThrottles({ period: PERIOD }),
    ]),
    ...(isEmulated ? [] : [costOf(lambda, memory.toMebibytes())]),
  ]
}

/** Graphs of files that continue each other. */
function sequenceGraphs({ sequences, failed }: SequenceQueues, metrics: FileMetrics): IWidget[] {
  return [
    graph(
      'Messages of sequences',
      [sequences, failed].map((queue) => queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD })),
      {
        right: [sequences.metricApproximateAgeOfOldestMessage({ period: PERIOD })],
      },
    ),
    graph('Most files made, keys walked back and failures in one delivery', [
      metrics.sequences('made', PERIOD),
      metrics.sequences('walkedBack', PERIOD),
      metrics.sequences('failures', PERIOD),
    ]),
    graph('Sequences that an audit found behind', [metrics.sequences('behind', AUDIT_PERIOD)]),
  ]
}

function findings(metrics: FileMetrics): IWidget[] {
  const verdicts = Object.keys(AUDIT_METRICS) as (keyof typeof AUDIT_METRICS)[]
  const codes = [...WARNING_CODES, ...FILE_WARNING_CODES]
  return [
    graph(
      'Audits',
      verdicts.map((verdict) => metrics.audit(verdict, AUDIT_PERIOD)),
    ),
    graph(
      'Warnings by code',
      codes.map((code) => metrics.warnings(code, PERIOD)),
      { stacked: true, width: 2 * WIDTH },
    ),
  ]
}

function ignoredByReason(metrics: FileMetrics): IMetric[] {
  return IGNORED_CODES.map((code) => metrics.ignored(code, PERIOD))
}

function graph(title: string, left: IMetric[], more: GraphWidgetProps = {}): GraphWidget {
  return new GraphWidget({ title, left, width: WIDTH, leftYAxis: { min: 0 }, ...more })
}

function costOf(lambda: FileMetrics['function'], memoryMiB: number): SingleValueWidget {
  const period = Duration.days(1)
  const usingMetrics = {
    ms: lambda.metricDuration({ period, statistic: 'Sum' }),
    calls: lambda.metricInvocations({ period }),
  }
  const perMs = (memoryMiB / 1024 / 1000) * DOLLARS_PER_GB_SECOND
  const expression = `ms * ${perMs.toFixed(15)} + calls * ${DOLLARS_PER_INVOCATION.toFixed(7)}`
  const cost = new MathExpression({ expression, usingMetrics, period, label: 'dollars a day, Lambda alone' })
  return new SingleValueWidget({ title: 'Cost', metrics: [cost], width: WIDTH })
}

function help(name: string, runbookUrl: string): string {
  const queries = Object.keys(QUERIES).map((query) => `- ${name}/${query}`)
  return ['Saved queries of Logs Insights:', ...queries, '', `What to do about an alarm: ${runbookUrl}`].join('\n')
}
