/**
 * The rules of the commit protocol, each with the line of the source that it is made of and what the line would be without
 * it. A storm that runs without a rule has to end wrong.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import type { Plan } from './plan.ts'

export interface Rule {
  readonly what: string
  /** Below `functions`. */
  readonly file: string
  /** The source as it is, and as it would be without the rule. */
  readonly is: string
  readonly without: string
  /** Storms that can tell; the others end right without the rule too, and are not run for it. */
  readonly tells?: (plan: Plan) => boolean
}

const deploys = ({ settings }: Plan) => settings[1] !== undefined
const hasSecondaries = ({ isSecondaryWanted }: Plan) => isSecondaryWanted
const announces = ({ doesAnnounce }: Plan) => doesAnnounce
const isVersioned = (plan: Plan) => plan.isVersioned
const hasHistory = ({ keys }: Plan) => keys.some(({ history }) => history)
const isLarge = ({ keys }: Plan) => keys.some(({ changes }) => changes.some(({ content }) => content?.isLarge))
const hasFailures = ({ weather }: Plan) => weather.lost > 0
const deletes = ({ keys }: Plan) => keys.some(({ changes }) => changes.some(({ content }) => !content))
const removes = (plan: Plan) => plan.onRemoved === 'remove' && deletes(plan)

const RECONCILE = 'lambda/reconcile.ts'
const ENRICHED = 'lambda/publish-enriched.ts'
const REPORT = 'lambda/publish-report.ts'
const SECONDARIES = 'lambda/secondary-objects.ts'
const IDENTITY = 'lambda/identity.ts'
const DELIVER = 'lambda/deliver.ts'

/** By a short name. The order is that of docs/decisions/commit-protocol.md. */
export const RULES: Readonly<Record<string, Rule>> = {
  'own-first': {
    what: 'own objects are looked at before the source',
    file: RECONCILE,
    is: `  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
  const source = await findSource(work)
`,
    without: `  const source = await findSource(work)
  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
`,
  },
  'pin-reads': {
    what: 'reads are pinned to the ETag',
    file: 'storage/object-source.ts',
    is: '    IfMatch: quotedETag(object.eTag),\n',
    without: '',
  },
  'pin-copies': {
    what: 'copies are pinned to the ETag',
    file: 'storage/multipart-upload.ts',
    is: '        CopySourceIfMatch: quotedETag(from.eTag),\n',
    without: '',
    tells: isLarge,
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
    is: '(lastModified === undefined || report.source.modified === lastModified.toISOString())',
    without: 'true',
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
    file: RECONCILE,
    is: "  if (!isOfSource(newer.own!, source)) throw ask('it has to do the new object too')\n",
    without: '',
    tells: deploys,
  },
  'older-report-goes': {
    what: 'an older deployment takes its report back',
    file: RECONCILE,
    is: `    await remove(work, 'report', report)
  }
  if (newer === report`,
    without: `  }
  if (newer === report`,
    tells: deploys,
  },
  'newer-names-output': {
    what: 'a report of a newer deployment is made again when it does not name the output',
    file: RECONCILE,
    is: 'if (newer === report && newer.own!.publishedFrom !== output?.own?.source.eTag)',
    without: 'if (false)',
    tells: deploys,
  },
  'condition-new': {
    what: 'what was not there is written on the condition that it is not there',
    file: 'storage/write-target.ts',
    is: "return onlyIf === 'new' ? { IfNoneMatch: '*' }",
    without: "return onlyIf === 'new' ? {}",
  },
  'condition-seen': {
    what: 'what was there is written on the condition that it is the same',
    file: 'storage/write-target.ts',
    is: ': { IfMatch: quotedETag(onlyIf.eTag) }',
    without: ': {}',
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
  },
  'quick-report': {
    what: 'a quick look that finds a report becomes a full one',
    file: RECONCILE,
    is: 'if (report || !current) return undefined',
    without: 'if (!current) return undefined',
  },
  'report-after-output': {
    what: 'after an output the report is looked at',
    file: ENRICHED,
    is: 'if (published && !(await settleReport(work, look))) return LOOK_AGAIN',
    without: '',
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
    tells: deploys,
  },
  'output-after-report': {
    what: 'after a report the output is looked at',
    file: REPORT,
    is: 'if (isNewer || isRight) {',
    without: 'if (false) {',
  },
  'output-after-report-named': {
    what: 'after a report: an output that it does not name',
    file: REPORT,
    is: '  if (output?.source.eTag !== publishedFrom) return LOOK_AGAIN\n',
    without: '',
  },
  'source-after-replacing': {
    what: 'after replacing an output the source is looked at',
    file: ENRICHED,
    is: 'look.output !== undefined || look.report !== undefined',
    without: 'look.report !== undefined',
  },
  'source-after-report-gone': {
    what: 'after an output in the place of a report the source is looked at',
    file: ENRICHED,
    is: 'look.output !== undefined || look.report !== undefined',
    without: 'look.output !== undefined',
  },
  'source-after-report': {
    what: 'after a report the source is looked at',
    file: REPORT,
    is: '(await isCurrent(work, look.source)) ? { ...refused',
    without: 'true ? { ...refused',
  },
  'source-after-right-report': {
    what: 'after finding the right report the source is looked at',
    file: RECONCILE,
    is: '(await isCurrent(work, source)) ? { outcome',
    without: 'true ? { outcome',
  },
  'source-after-kept-output': {
    what: 'after deleting a report beside the right output the source is looked at',
    file: RECONCILE,
    is: 'if (report && !(await isCurrent(work, source))) return LOOK_AGAIN',
    without: '',
  },
  'report-beside-kept-output': {
    what: 'a report beside the right output goes',
    file: RECONCILE,
    is: 'if (report && (isOutputRight || !isReportRight))',
    without: 'if (report && !isReportRight)',
  },
  'source-after-removal': {
    what: 'after removing what belongs to a deleted object the source is looked at',
    file: RECONCILE,
    is: 'return isBack ? LOOK_AGAIN :',
    without: 'return false ? LOOK_AGAIN :',
    tells: deletes,
  },
  'source-removed-meanwhile': {
    what: 'with onRemoved: remove the source is looked at after each write',
    file: ENRICHED,
    is: " || work.onRemoved === 'remove'",
    without: '',
    tells: removes,
  },
  'remove-strays': {
    what: 'charts and removed rows of a deleted object go without an output too',
    file: RECONCILE,
    is: 'const wereThere = await removeSecondaries(work)',
    without: 'const wereThere = output !== undefined && (await removeSecondaries(work))',
    tells: (plan) => removes(plan) && hasSecondaries(plan),
  },
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
    is: 'if (!failures.some((error) => error instanceof UncertainWriteError)) await',
    without: 'await',
    tells: hasFailures,
  },
  'late-delete-waits': {
    what: 'after a deletion without an answer the message waits',
    file: 'storage/publish-object.ts',
    is: 'throw uncertainWrite({ bucket, key }, error) ?? error',
    without: 'throw error',
    tells: (plan) => removes(plan) && hasFailures(plan),
  },
  'abort-first': {
    what: 'an upload that failed is aborted',
    file: 'storage/publish-object.ts',
    is: '    await upload.abort()\n',
    without: '',
    tells: isLarge,
  },
  'secondaries-looked-at': {
    what: 'charts and removed rows are looked at when the output is right',
    file: RECONCILE,
    is: 'if (!(await areSecondariesRight(work, look)))',
    without: 'if (false)',
    tells: hasSecondaries,
  },
  'secondaries-unwanted': {
    what: 'removed rows of an earlier object go when there are none',
    file: SECONDARIES,
    is: `        await remove(work, kind, found)
        hasChanged = true`,
    without: '        hasChanged = true',
    tells: hasSecondaries,
  },
  'secondaries-source': {
    what: 'after charts and removed rows the source is looked at',
    file: ENRICHED,
    is: 'isReplaced || secondaries.hasChanged ||',
    without: 'isReplaced ||',
    tells: hasSecondaries,
  },
  'secondaries-output': {
    what: 'after charts and removed rows the output is looked at',
    file: ENRICHED,
    is: '    if (secondaries.hasChanged && !(await isPublishedStill(work, look))) return LOOK_AGAIN\n',
    without: '',
    tells: hasSecondaries,
  },
  'secondaries-newer': {
    what: 'charts and removed rows of a newer deployment stay',
    file: SECONDARIES,
    is: '(!found.own || isOfNewerDeployment(found.own, work.deployment))',
    without: '!found.own',
    tells: (plan) => deploys(plan) && hasSecondaries(plan),
  },
  'secondaries-condition': {
    what: 'charts and removed rows are written on a condition',
    file: SECONDARIES,
    is: 'metadata: identityMetadata(look.identity), onlyIf }',
    without: 'metadata: identityMetadata(look.identity), onlyIf: undefined }',
    tells: hasSecondaries,
  },
  'secondaries-conflict': {
    what: 'a conflict about charts and removed rows: look again',
    file: SECONDARIES,
    is: 'if (error instanceof ConflictError || error instanceof SourceChangedError) throw error',
    without: 'if (error instanceof ConflictError || error instanceof SourceChangedError) continue',
    tells: hasSecondaries,
  },
  'secondaries-failure': {
    what: 'a chart that could not be written comes again',
    file: DELIVER,
    is: 'if (outcome.secondaryFailure === undefined) return undefined',
    without: 'if (outcome) return undefined',
    tells: (plan) => hasFailures(plan) && hasSecondaries(plan),
  },
  'secondaries-beside-report': {
    what: 'beside a right report, strays of an older output go',
    file: RECONCILE,
    is: '    await removeStraySecondaries(work)\n',
    without: '',
    tells: hasSecondaries,
  },
  'secondaries-beside-new-report': {
    what: 'beside a new report, strays of an older output go',
    file: REPORT,
    is: '  await removeStraySecondaries(work)\n',
    without: '',
    tells: hasSecondaries,
  },
  'secondaries-of-newer': {
    what: 'strays beside the output of a newer deployment: it has to look',
    file: RECONCILE,
    is: 'if (await haveStraySecondaries(work)) throw',
    without: 'if (false) throw',
    tells: (plan) => deploys(plan) && hasSecondaries(plan),
  },
  'notice-received-before': {
    what: 'a message that was received before announces what is right already',
    file: DELIVER,
    is: 'hint.continued || (message?.receiveCount ?? 1) > 1',
    without: 'hint.continued',
    tells: (plan) => hasFailures(plan) && announces(plan),
  },
  'notice-continued': {
    what: 'a message that continues another one announces what is right already',
    file: DELIVER,
    is: 'hint.continued || (message?.receiveCount ?? 1) > 1',
    without: '(message?.receiveCount ?? 1) > 1',
    tells: announces,
  },
  'notice-conflict': {
    what: 'after a conflict, what is right already is announced',
    file: RECONCILE,
    is: 'if (error instanceof ConflictError) mayHaveWritten = true',
    without: 'if (error instanceof ConflictError) mayHaveWritten ||= false',
    tells: announces,
  },
  'notice-second-look': {
    what: 'after a look that may have written, what is right already is announced',
    file: RECONCILE,
    is: '      mayHaveWritten = true\n    } catch',
    without: '    } catch',
    tells: announces,
  },
  'notice-report-gone': {
    what: 'a right output is announced when the report beside it goes',
    file: RECONCILE,
    is: ', mayBeNews: report !== undefined }',
    without: ' }',
    tells: announces,
  },
  'notice-superseded': {
    what: 'a message that was received before announces what a newer deployment wrote',
    file: 'lambda/notice.ts',
    is: "if (outcome.outcome !== 'unchanged' && outcome.outcome !== 'superseded') return undefined",
    without: "if (outcome.outcome !== 'unchanged') return undefined",
    tells: (plan) => deploys(plan) && announces(plan),
  },
  'notice-output-after-report': {
    what: 'a report that gave way to a right output: the output is announced',
    file: REPORT,
    is: ', mayBeNews: true }',
    without: ' }',
    tells: announces,
  },
}

const functionsFolder = new URL('../../../functions/', import.meta.url)

/** @returns the source of a rule's file as it would be without the rule */
export function sourceWithout({ file, is, without }: Rule): string {
  const source = readFileSync(new URL(file, functionsFolder), 'utf8')
  if (source.split(is).length !== 2) throw new Error(`${file} does not have exactly one "${is}"`)
  return source.replace(is, () => without)
}

/** Modules that are loaded from now on lack the rule. */
export function takeAway(name: string): void {
  const rule = RULES[name]
  if (!rule) throw new Error(`there is no rule "${name}"; there are ${Object.keys(RULES).join(', ')}`)
  const { href } = new URL(rule.file, functionsFolder)
  const source = sourceWithout(rule)
  registerHooks({
    load: (url, context, next) => ({ ...next(url, context), ...(url === href && { source }) }),
  })
}
