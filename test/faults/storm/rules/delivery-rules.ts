/** When a message is acknowledged, and what is announced. */
import {
  announces,
  deploys,
  FEW_STORMS,
  hasFailures,
  RECONCILE_TEST,
  type Rule,
  refuses,
  removes,
  returns,
} from './rule.ts'

const EXISTING = 'lambda/existing-objects.ts'
const SETTLE = 'lambda/settle.ts'
const RECONCILE = 'lambda/reconcile.ts'
const REPORT = 'lambda/publish-report.ts'
const DELIVER = 'lambda/deliver.ts'

export const DELIVERY_RULES: Readonly<Record<string, Rule>> = {
  'acknowledge-last': {
    what: 'a message is acknowledged last',
    file: DELIVER,
    is: `await retrySoon(message, dependencies.queue)
  return false`,
    without: `await retrySoon(message, dependencies.queue)
  return true`,
    tells: hasFailures,
  },
  'late-write-waits': {
    what: 'after a write without an answer the message waits',
    file: DELIVER,
    is: 'if (!mayLand) await',
    without: 'await',
    tells: hasFailures,
    stays: RECONCILE_TEST,
  },
  'late-delete-waits': {
    what: 'after a deletion without an answer the message waits',
    file: 'storage/publish-object.ts',
    is: 'throw uncertainWrite({ bucket, key }, error) ?? error',
    without: 'throw error',
    tells: (plan) => removes(plan) && returns(plan) && hasFailures(plan),
    stays: FEW_STORMS,
  },
  'notice-received-before': {
    what: 'a message that was received before announces a right output or report',
    file: SETTLE,
    is: 'return continued || (message?.receiveCount ?? 1) > 1',
    without: 'return continued',
    tells: (plan) => hasFailures(plan) && announces(plan),
  },
  'notice-continued': {
    what: 'a message that continues another one announces a right output or report',
    file: SETTLE,
    is: 'return continued || (message?.receiveCount ?? 1) > 1',
    without: 'return (message?.receiveCount ?? 1) > 1',
    tells: announces,
  },
  'notice-conflict': {
    what: 'after a conflict, a right output or report is announced',
    file: RECONCILE,
    is: 'if (error instanceof ConflictError) mayHaveWritten = true',
    without: 'if (error instanceof ConflictError) mayHaveWritten ||= false',
    tells: announces,
  },
  'notice-second-look': {
    what: 'after a look that may have written, a right output or report is announced',
    file: RECONCILE,
    is: '      mayHaveWritten = true\n    } catch',
    without: '    } catch',
    tells: announces,
    stays: FEW_STORMS,
  },
  'notice-report-gone': {
    what: 'a right output is announced when the report beside it goes',
    file: EXISTING,
    is: ', mayBeNews: report !== undefined }',
    without: ' }',
    tells: (plan) => announces(plan) && refuses(plan),
  },
  'notice-retried': {
    what: 'a retry of an invocation without a queue announces what its request wrote',
    file: 'lambda/publish-outcome.ts',
    is: 'outcome.metadata?.[OBJECT_METADATA.request] === requestId',
    without: 'false',
    tells: () => false,
    stays: 'all events of a storm come by a queue: `test/faults/moments.test.ts` has others',
  },
  'notice-superseded': {
    what: 'a message that was received before announces an output of a newer deployment',
    file: 'lambda/notice.ts',
    is: "if (outcome.outcome !== 'unchanged' && outcome.outcome !== 'superseded') return undefined",
    without: "if (outcome.outcome !== 'unchanged') return undefined",
    tells: (plan) => deploys(plan) && announces(plan),
    stays: FEW_STORMS,
  },
  'notice-output-after-report': {
    what: 'a report that gave way to a right output: the output is announced',
    file: REPORT,
    is: ', mayBeNews: true }',
    without: ' }',
    tells: (plan) => announces(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
}
