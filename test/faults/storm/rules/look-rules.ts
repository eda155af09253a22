/** Steps 1 to 4 of reconcile: the looks, the objects that are right already, and the deletions. */
import {
  deploys,
  FEW_STORMS,
  hasHistory,
  holdsWhileReturning,
  isLarge,
  isVersioned,
  keeps,
  RECONCILE_TEST,
  type Rule,
  refuses,
  removes,
  returns,
} from './rule.ts'

const EXISTING = 'lambda/existing-objects.ts'
const LOOK = 'lambda/look.ts'
const RECONCILE = 'lambda/reconcile.ts'
const ENRICHED = 'lambda/publish-enriched.ts'
const IDENTITY = 'lambda/identity.ts'

export const LOOK_RULES: Readonly<Record<string, Rule>> = {
  'own-first': {
    what: 'own objects are looked at before the source',
    file: LOOK,
    is: `  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
  const source = await findSource(work)
`,
    without: `  const source = await findSource(work)
  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
`,
    stays: FEW_STORMS,
  },
  'pin-reads': {
    what: 'reads are pinned to the ETag',
    file: 'storage/object-source.ts',
    is: '    IfMatch: quotedETag(object.eTag),\n',
    without: '',
    tells: (plan) => !isVersioned(plan) && returns(plan),
    stays: FEW_STORMS,
  },
  'pin-copies': {
    what: 'copies are pinned to the ETag',
    file: 'storage/multipart-upload.ts',
    is: '        CopySourceIfMatch: quotedETag(from.eTag),\n',
    without: '',
    tells: (plan) => isLarge(plan) && returns(plan),
    stays: FEW_STORMS,
  },
  'outdated-report': {
    what: 'an outdated report goes first',
    file: RECONCILE,
    is: 'if (report && (isOutputRight || !isReportRight))',
    without: 'if (report && isOutputRight)',
  },
  'delete-if-match': {
    what: 'own objects are deleted only as they were seen',
    file: 'storage/publish-object.ts',
    is: ', IfMatch: quotedETag(eTag) })',
    without: ' })',
  },
  'identity-source': {
    what: 'identity: ETag of the source',
    file: IDENTITY,
    is: 'return source.eTag === eTag && source.versionId === versionId',
    without: 'return source.versionId === versionId',
  },
  'identity-version': {
    what: 'identity: version of the source',
    file: IDENTITY,
    is: 'return source.eTag === eTag && source.versionId === versionId',
    without: 'return source.eTag === eTag',
    tells: isVersioned,
  },
  'identity-settings': {
    what: 'identity: settings',
    file: IDENTITY,
    is: ' && output.digest === identity.digest',
    without: '',
    tells: deploys,
  },
  'identity-engine': {
    what: 'identity: engine',
    file: IDENTITY,
    is: ' && output.engine === ENGINE_VERSION',
    without: '',
    tells: hasHistory,
  },
  'identity-memory': {
    what: 'identity of a report: memory',
    file: IDENTITY,
    is: '    report.memoryMiB === identity.memoryMiB &&\n',
    without: '',
    tells: deploys,
  },
  'identity-modified': {
    what: 'identity of a report: LastModified',
    file: IDENTITY,
    is: 'return isOfSource(report, source) && isSameTime',
    without: 'return isOfSource(report, source)',
  },
  'identity-output': {
    what: 'identity of a report: the older output that it names',
    file: IDENTITY,
    is: '    report.publishedFrom === output?.source.eTag &&\n',
    without: '',
  },
  'newer-wins': {
    what: 'a newer deployment wins',
    file: IDENTITY,
    is: 'return stack === ours.stack && number > ours.number',
    without: 'return false',
    tells: deploys,
  },
  'newer-does-new': {
    what: 'an older deployment leaves a new object to the newer one',
    file: EXISTING,
    is: 'if (!isDone) throw',
    without: 'if (false) throw',
    tells: deploys,
  },
  'older-report-goes': {
    what: 'an older deployment takes its report back',
    file: EXISTING,
    is: `    await remove(work, 'report', report)
  }
  if (newer === report`,
    without: `  }
  if (newer === report`,
    tells: (plan) => deploys(plan) && refuses(plan),
  },
  'newer-names-output': {
    what: 'a report of a newer deployment is made again when it does not name the output',
    file: EXISTING,
    is: 'if (newer === report && newer.own!.publishedFrom !== output?.own?.source.eTag)',
    without: 'if (false)',
    tells: (plan) => deploys(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'newer-takes-back': {
    what: 'a report of a newer deployment beside a right output: it has to take it back',
    file: EXISTING,
    is: 'if (newer === report && output?.own && isSameOutput(output.own, newer.own!))',
    without: 'if (false)',
    tells: (plan) => deploys(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'quick-report': {
    what: 'a quick look that finds a report becomes a full one',
    file: LOOK,
    is: 'if (report || !current) return undefined',
    without: 'if (!current) return undefined',
    stays: 'the write would meet the older output, or the report be made again: saves computing twice',
  },
  'source-after-right-report': {
    what: 'after finding the right report the source is looked at',
    file: EXISTING,
    is: '(await isCurrent(work, source)) ? { outcome',
    without: 'true ? { outcome',
    tells: returns,
    stays: 'whatever replaced the source has an event of its own: saves telling of a past object',
  },
  'source-after-kept-output': {
    what: 'after deleting a report beside the right output the source is looked at',
    file: EXISTING,
    is: 'if (report && !(await isCurrent(work, source))) return LOOK_AGAIN',
    without: '',
    tells: (plan) => keeps(plan) && holdsWhileReturning(plan),
    stays: FEW_STORMS,
  },
  'report-beside-kept-output': {
    what: 'a report beside the right output goes',
    file: RECONCILE,
    is: 'if (report && (isOutputRight || !isReportRight))',
    without: 'if (report && !isReportRight)',
    tells: refuses,
    stays: RECONCILE_TEST,
  },
  'source-after-removal': {
    what: 'after removing what belongs to a deleted object the source is looked at',
    file: EXISTING,
    is: 'return isBack ? LOOK_AGAIN :',
    without: 'return false ? LOOK_AGAIN :',
    tells: (plan) => removes(plan) && holdsWhileReturning(plan),
  },
  'source-removed-meanwhile': {
    what: 'with onRemoved: remove the source is looked at after each write',
    file: ENRICHED,
    is: " || work.onRemoved === 'remove'",
    without: '',
    tells: removes,
  },
}
