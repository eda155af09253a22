/** The alarms that an operator should look at in office hours. */
import { Duration } from 'aws-cdk-lib/core'
import { type AlarmProps, type AlarmsProps, AUDIT_PERIOD, PERIOD } from './pipeline-alarm.ts'

/** The next daily audit sends a key again that still waits. */
const REPAIR_WAIT = Duration.days(1)

/** @returns what each alarm looks at, by its id */
export function ticketAlarms(props: AlarmsProps): Record<string, AlarmProps> {
  return { ...fileTickets(props), ...endedTickets(props), ...delayTickets(props), ...auditTickets(props) }
}

/** About single files. */
function fileTickets({ metrics, timeout, memory }: AlarmsProps): Record<string, AlarmProps> {
  return {
    Refused: {
      metric: metrics.outcome('refused', PERIOD),
      isFilled: true,
      threshold: 1,
      impact: 'A file cannot be enriched as it is. Its report states the reason and the remedy.',
      runbook: 'refused-files',
    },
    Duration: {
      metric: metrics.function.metricDuration({ period: PERIOD, statistic: 'Maximum' }),
      isFilled: true,
      threshold: 0.8 * timeout.toMilliseconds(),
      impact: "A file took more than 80 % of the function's timeout. A larger file would be reported as too slow.",
      runbook: 'duration',
    },
    Memory: {
      // measured for each file; Lambda reports the maximum of an execution environment over all its files
      metric: metrics.of('peakMemoryMiB', { period: PERIOD, statistic: 'Maximum' }),
      isFilled: true,
      threshold: 0.85 * memory.toMebibytes(),
      impact: 'A file used more than 85 % of the memory. A larger file may be refused, or may end the invocation.',
      runbook: 'memory',
    },
    SecondaryFailed: {
      metric: metrics.secondaryFailed(PERIOD),
      threshold: 1,
      of: [3, 6],
      impact: 'A chart or a file of removed rows cannot be written. The enriched file itself is published.',
      runbook: 'secondary-failed',
    },
  }
}

/** About invocations that Lambda itself ended. */
function endedTickets({ metrics }: AlarmsProps): Record<string, AlarmProps> {
  return {
    Unsuccessful: {
      metric: metrics.unsuccessful(PERIOD),
      isFilled: true,
      threshold: 1,
      impact: 'An invocation timed out, ran out of memory or crashed. Its file is retried for hours, then given up.',
      runbook: 'unsuccessful-invocations',
    },
    OutOfMemory: {
      metric: metrics.outOfMemory(PERIOD),
      isFilled: true,
      threshold: 1,
      impact: 'The function ran out of memory. The file cannot be enriched until the function has more memory.',
      runbook: 'out-of-memory',
    },
  }
}

/** About what waits. */
function delayTickets({ queues, metrics }: AlarmsProps): Record<string, AlarmProps> {
  return {
    Throttles: {
      metric: metrics.function.metricThrottles({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      of: [3, 6],
      impact: 'Lambda has been refusing invocations for 15 minutes or more. Files wait in the queue.',
      runbook: 'throttles',
    },
    OldestRepair: {
      metric: queues.repairs.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: REPAIR_WAIT.toSeconds(),
      impact: `A key has waited for its repair for more than ${REPAIR_WAIT.toHours()} hours. New files do not wait for it.`,
      runbook: 'oldest-repair',
    },
  }
}

function auditTickets({ metrics, audit, auditRepairs }: AlarmsProps): Record<string, AlarmProps> {
  return {
    AuditFailed: {
      metric: audit.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      isFilled: true,
      threshold: 1,
      impact: 'An audit of the bucket ended with an error. Lost files are not found.',
      runbook: 'audit',
    },
    AuditIncomplete: {
      metric: metrics.audit('incomplete', AUDIT_PERIOD),
      threshold: 1,
      impact: 'An audit did not reach the end of the bucket. Lost files after that key are not found.',
      runbook: 'audit',
    },
    Audit: {
      metric: metrics.audit('unsettled', AUDIT_PERIOD),
      threshold: 1,
      // the repairs of one audit are done before the next one; a second finding means that repair does not work
      of: auditRepairs ? [2, 2] : [1, 1],
      impact:
        'Inputs have no enriched file, an outdated one or a wrong report, and sending them for repair did not help.',
      runbook: 'audit',
    },
  }
}
