/** One page that shows how files fare. */
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { WARNING_CODES } from '../functions/market/quality/warnings.ts'
import { FILE_WARNING_CODES } from '../functions/parquet/format/file-warnings.ts'
import { AUDIT_METRICS, OUTCOME_METRICS } from '../functions/shared/names.ts'
import type { Environment } from './environments.ts'
import type { FileMetrics } from './file-metrics.ts'
import type { Queues } from './queues.ts'

export interface DashboardProps extends Pick<Environment, 'memory' | 'timeout' | 'isEmulated'> {
  readonly queues: Queues
  readonly metrics: FileMetrics
  readonly logGroup: ILogGroup
}

/** Of Lambda on arm64 in us-east-1, in dollars: https://aws.amazon.com/lambda/pricing/ */
const DOLLARS_PER_GB_SECOND = 0.0000133334
const DOLLARS_PER_INVOCATION = 0.0000002
const PERIOD = Duration.minutes(5)
const AUDIT_PERIOD = Duration.days(1)
const WIDTH = 8

/** Queries that the runbook names. Fields: `telemetry.ts`. */
export const QUERIES = {
  'last failures': {
    fields: ['@timestamp', 'message', 'key', 'code', 'reason', 'error.message', 'requestId'],
    filterStatements: ['outcome in ["failed", "refused"]'],
    sort: '@timestamp desc',
    limit: 50,
  },
  'slowest files': {
    fields: ['@timestamp', 'key', 'elapsedMs', 'computeMs', 'publishMs', 'quality.rowsRead', 'peakMemoryMiB'],
    filterStatements: ['outcome = "enriched"'],
    sort: 'elapsedMs desc',
    limit: 50,
  },
  'files with conflicting duplicates': {
    fields: ['@timestamp', 'key', 'quality.duplicatesConflicting', 'quality.duplicatesDropped', 'quality.rowsRead'],
    filterStatements: ['quality.duplicatesConflicting > 0'],
    sort: '@timestamp desc',
    limit: 50,
  },
} as const

export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { queues, metrics, logGroup, memory, timeout, isEmulated }: DashboardProps,
  ) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    const graph = (title: string, left: IMetric[], more: object = {}) =>
      new GraphWidget({ title, left, width: WIDTH, leftYAxis: { min: 0 }, ...more })
    const sum = (name: Parameters<FileMetrics['of']>[0]) => metrics.of(name, { period: PERIOD, statistic: 'Sum' })
    const most = (name: Parameters<FileMetrics['of']>[0]) => metrics.of(name, { period: PERIOD, statistic: 'Maximum' })
    const outcomes = Object.keys(OUTCOME_METRICS) as (keyof typeof OUTCOME_METRICS)[]
    const { function: lambda } = metrics

    const dashboard = new CloudWatchDashboard(this, 'Dashboard', { dashboardName: stackName })
    dashboard.addWidgets(
      graph(
        'Files by outcome',
        outcomes.map((outcome) => metrics.outcome(outcome, PERIOD)),
        { stacked: true },
      ),
      graph(
        'Arrivals and the queue',
        [
          queues.arrivals.metricNumberOfMessagesSent({ period: PERIOD }),
          queues.arrivals.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
        ],
        { right: [queues.arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD })] },
      ),
      graph('Dead letters and repairs', [
        queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
        queues.repairs.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      ]),
    )
    dashboard.addWidgets(
      graph('Rows and duplicates', [
        sum('rowsRead'),
        sum('rowsWritten'),
        sum('duplicatesDropped'),
        sum('duplicatesConflicting'),
      ]),
      graph('Milliseconds by phase', [most('computeMs'), most('publishMs'), most('elapsedMs')], {
        leftAnnotations: [{ value: timeout.toMilliseconds(), label: 'timeout' }],
      }),
      graph('Memory', [metrics.memoryUsedMB(PERIOD), most('peakMemoryMiB')], {
        leftAnnotations: [{ value: memory.toMebibytes(), label: 'limit' }],
      }),
    )
    dashboard.addWidgets(
      graph('Bytes', [sum('bytesRead'), sum('bytesWritten')]),
      graph('Invocations', [
        lambda.metricInvocations({ period: PERIOD }),
        lambda.metricErrors({ period: PERIOD }),
        lambda.metricThrottles({ period: PERIOD }),
      ]),
      ...(isEmulated ? [] : [costOf(lambda, memory.toMebibytes())]),
    )
    dashboard.addWidgets(
      graph(
        'Audits',
        (Object.keys(AUDIT_METRICS) as (keyof typeof AUDIT_METRICS)[]).map((metric) =>
          metrics.audit(metric, AUDIT_PERIOD),
        ),
        { width: WIDTH },
      ),
      graph(
        'Warnings by code',
        [...WARNING_CODES, ...FILE_WARNING_CODES].map((code) => metrics.warnings(code, PERIOD)),
        { stacked: true, width: 2 * WIDTH },
      ),
    )
    dashboard.addWidgets(
      graph(
        'Messages without work, by reason',
        ['event', 'other-bucket', 'outside-prefix', 'other-suffix', 'hidden'].map((code) =>
          metrics.ignored(code, PERIOD),
        ),
        { stacked: true, width: 3 * WIDTH },
      ),
    )
    dashboard.addWidgets(new TextWidget({ markdown: help(stackName), width: 3 * WIDTH, height: 4 }))
    if (isEmulated) return
    for (const [name, query] of Object.entries(QUERIES)) {
      new QueryDefinition(this, name, {
        queryDefinitionName: `${stackName}/${name}`,
        queryString: new QueryString({
          ...query,
          fields: [...query.fields],
          filterStatements: [...query.filterStatements],
        }),
        logGroups: [logGroup],
      })
    }
  }
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

function help(stackName: string): string {
  const queries = Object.keys(QUERIES).map((name) => `- ${stackName}/${name}`)
  return ['Saved queries of Logs Insights:', ...queries, '', 'What to do about an alarm: docs/runbook.md'].join('\n')
}
