/** The alarms that page the operator: files are not being enriched. */
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Duration } from 'aws-cdk-lib/core'
import type { Canary } from './canary.ts'
import { type AlarmProps, type AlarmsProps, PERIOD } from './pipeline-alarm.ts'
import type { SequenceQueues } from './sequence-queues.ts'

const { LESS_THAN_THRESHOLD } = ComparisonOperator
/** Longer than the pause between two attempts. */
const LONGEST_RETRY = Duration.minutes(20)
/** The eighth attempt comes after a quarter to half an hour. */
const MANY_FAILURES = 8

/** @returns what each alarm looks at, by its id */
export function pageAlarms(props: AlarmsProps): Record<string, AlarmProps> {
  const { canary, sequenceQueues } = props
  return {
    ...filePages(props),
    ...silencePage(props),
    ...(canary && canaryPage(canary)),
    ...(sequenceQueues && sequencePages(sequenceQueues, props)),
  }
}

function filePages({ queues, metrics, maxWait }: AlarmsProps): Record<string, AlarmProps> {
  return {
    DeadLetters: {
      // only visible messages: an operator who has received a message is already working on it
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 1,
      impact: 'A file failed for hours, or its outcome could not be reported. It waits until an operator acts.',
      runbook: 'dead-letters',
    },
    Failing: {
      metric: metrics.outcome('failed', PERIOD),
      threshold: 1,
      // a single failure is retried; an incident lasts longer than one period
      of: [3, 6],
      impact: 'Files have been failing for 15 minutes or more. They are retried for hours, then given up.',
      runbook: 'failing-files',
    },
    OldestMessage: {
      metric: queues.arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: maxWait.toSeconds(),
      impact: `An uploaded file has waited for more than ${maxWait.toHumanString()}. Enriched files are late.`,
      runbook: 'oldest-message',
    },
    Errors: {
      metric: metrics.function.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      of: [3, 6],
      impact: 'Invocations have been ending with an error of the function itself for 15 minutes or more.',
      runbook: 'errors',
    },
    Recursion: {
      metric: metrics.recursionsDropped(PERIOD),
      isFilled: true,
      threshold: 1,
      impact: 'Lambda stopped a loop: the function probably reads an output as an input. Files are not enriched.',
      runbook: 'recursion',
    },
  }
}

function silencePage({ metrics, maxSilence }: AlarmsProps): Record<string, AlarmProps> {
  if (maxSilence === undefined) return {}
  return {
    Silence: {
      metric: metrics.outcome('enriched', maxSilence),
      isFilled: true,
      threshold: 1,
      comparison: LESS_THAN_THRESHOLD,
      missingData: TreatMissingData.BREACHING,
      impact: `No file was enriched for ${maxSilence.toHumanString()}. The uploads may have stopped.`,
      runbook: 'silence',
    },
  }
}

function canaryPage(canary: Canary): Record<string, AlarmProps> {
  return {
    Canary: {
      metric: canary.succeeded(canary.every),
      isFilled: true,
      threshold: 1,
      comparison: LESS_THAN_THRESHOLD,
      // a deployment may disturb one run, after which the next success may come some seconds later than two intervals; a canary
      // that does not run has no data, like one that fails
      of: [3, 3],
      missingData: TreatMissingData.BREACHING,
      impact:
        "Three times in a row the canary's file was missing or wrong, or the canary did not run. Other files may fail too.",
      runbook: 'canary',
    },
  }
}

function sequencePages(
  { sequences, failed }: SequenceQueues,
  { maxWait, metrics }: Pick<AlarmsProps, 'maxWait' | 'metrics'>,
): Record<string, AlarmProps> {
  return {
    SequenceStuck: {
      metric: sequences.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: maxWait.toSeconds(),
      impact: `A sequence has not advanced for more than ${maxWait.toHumanString()}. The files after the one it waits for are late.`,
      runbook: 'sequence-stuck',
    },
    // its messages are not in the queue: each attempt that fails sends new ones, with a delay
    SequenceFailing: {
      metric: metrics.sequences('failures', LONGEST_RETRY),
      isFilled: true,
      threshold: MANY_FAILURES,
      impact: 'The work on a sequence has failed eight times, one after the other. Its later files wait.',
      runbook: 'sequence-failing',
    },
    SequenceFailed: {
      metric: failed.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 1,
      impact: 'A sequence could not be advanced in ten attempts. Its later files do not continue the earlier ones.',
      runbook: 'sequence-failed',
    },
  }
}
