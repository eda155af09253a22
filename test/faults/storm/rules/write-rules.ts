/** Steps 5 and 6 of reconcile: the conditions of a write, and the checks after it. */
import { deploys, FEW_STORMS, holdsWhileReturning, isLarge, keeps, type Rule, refuses } from './rule.ts'

const RECONCILE = 'lambda/reconcile.ts'
const ENRICHED = 'lambda/publish-enriched.ts'
const REPORT = 'lambda/publish-report.ts'

export const WRITE_RULES: Readonly<Record<string, Rule>> = {
  'condition-new': {
    what: 'a new object is written on the condition that there is none',
    file: 'storage/write-target.ts',
    is: "return onlyIf === 'new' ? { IfNoneMatch: '*' }",
    without: "return onlyIf === 'new' ? {}",
  },
  'condition-seen': {
    what: 'an existing object is replaced on the condition that it is the same',
    file: 'storage/write-target.ts',
    is: ': { IfMatch: quotedETag(onlyIf.eTag) }',
    without: ': {}',
    tells: deploys,
    stays: FEW_STORMS,
  },
  'look-again': {
    what: 'after 412 or 409 the key is looked at again',
    file: RECONCILE,
    is: 'if (error instanceof ConflictError) mayHaveWritten = true',
    without: "if (error instanceof ConflictError) return { outcome: 'superseded', mayBeNews: true }",
  },
  'look-again-read': {
    what: 'when the source changes during the work, the key is looked at again',
    file: RECONCILE,
    is: 'else if (!(error instanceof SourceChangedError)) throw error',
    without:
      "else if (!(error instanceof SourceChangedError)) throw error\n      else return { outcome: 'superseded' }",
    stays: 'whatever replaced the source has an event of its own; where removals are not notified, the report goes',
  },
  'report-after-output': {
    what: 'after an output the report is looked at',
    file: ENRICHED,
    is: 'if (isWritten && !(await settleReport(work, look))) return LOOK_AGAIN',
    without: '',
    tells: refuses,
  },
  'report-of-other': {
    what: 'a report of another object after an output: look again',
    file: ENRICHED,
    is: '!isOfSource(report.own, source) || ',
    without: '',
  },
  'report-of-newer': {
    what: 'a report of a newer deployment after an output: look again',
    file: ENRICHED,
    is: '|| isOfNewerDeployment(report.own, work.deployment)) return false',
    without: ') return false',
    tells: (plan) => deploys(plan) && refuses(plan),
  },
  'output-after-report': {
    what: 'after a report the output is looked at',
    file: REPORT,
    is: 'if (isNewer || isRight) {',
    without: 'if (false) {',
    tells: refuses,
    stays: 'few storms meet the moment: `test/lambda/secondary-objects.test.ts` does',
  },
  'output-after-report-named': {
    what: 'after a report: an output that it does not name',
    file: REPORT,
    is: '  if (output?.source.eTag !== published?.own?.source.eTag) return LOOK_AGAIN\n',
    without: '',
    tells: refuses,
    stays: FEW_STORMS,
  },
  'source-after-replacing': {
    what: 'after replacing an output the source is looked at',
    file: ENRICHED,
    is: 'look.output !== undefined || look.report !== undefined',
    without: 'look.report !== undefined',
    tells: (plan) => keeps(plan) && holdsWhileReturning(plan),
  },
  'source-after-report-gone': {
    what: 'after an output in the place of a report the source is looked at',
    file: ENRICHED,
    is: 'look.output !== undefined || look.report !== undefined',
    without: 'look.output !== undefined',
    stays: 'a second fence: the looks at the report after an output, and at the output after a report, find the same',
  },
  'source-after-report': {
    what: 'after a report the source is looked at',
    file: REPORT,
    is: '(await isCurrent(work, look.source)) ? { ...refused',
    without: 'true ? { ...refused',
  },
  'abort-first': {
    what: 'an upload that failed is aborted',
    file: 'storage/publish-object.ts',
    is: '    await upload.abort()\n',
    without: '',
    tells: isLarge,
  },
}
