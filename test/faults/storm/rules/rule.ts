/** A rule of the commit protocol, and the storms that can tell whether it is there. */
import { lastDeployment, type Plan } from '../plan.ts'

export interface Rule {
  readonly what: string
  /** Below `functions`. */
  readonly file: string
  /** The source as it is, and as it would be without the rule. */
  readonly is: string
  readonly without: string
  /** Storms that can tell, or that are most likely to: the others are not run for it. */
  readonly tells?: (plan: Plan) => boolean
  /** Why the rule is there although the others make up for it. */
  readonly stays?: string
}

/**
 * It takes several things at the right moments. test/faults/storm-rules.longtest.ts takes the rule away, and the test that
 * is named fails.
 */
const metBy = (test: string) => `few storms meet the moment: \`${test}\` does`
export const FEW_STORMS = metBy('test/faults/moments.test.ts')
export const RECONCILE_TEST = metBy('test/lambda/reconcile.test.ts')

export const deploys = ({ settings }: Plan) => settings[1] !== undefined
export const hasSecondaries = ({ isSecondaryWanted }: Plan) => isSecondaryWanted
export const announces = ({ doesAnnounce }: Plan) => doesAnnounce
export const isVersioned = (plan: Plan) => plan.isVersioned
export const hasHistory = ({ keys }: Plan) => keys.some(({ history }) => history)
export const isLarge = ({ keys }: Plan) => keys.some(({ changes }) => changes.some(({ content }) => content?.isLarge))
export const hasFailures = ({ weather, incidents }: Plan) => weather.lost > 0 || incidents.length > 0
/** What is uploaded may be refused, or be too slow. */
export const refuses = ({ keys, looks }: Plan) =>
  looks.some(({ deadlines }) => deadlines > 0) ||
  keys.some(({ isOutputForeign, history, changes }) =>
    [isOutputForeign ? 'X' : '', history?.name, ...changes.map(({ content }) => content?.name)].some(
      (name) => name && 'KXNMQ'.includes(name),
    ),
  )
const deletes = ({ keys }: Plan) => keys.some(({ changes }) => changes.some(({ content }) => !content))
export const removes = (plan: Plan) => deletes(plan) && !keeps(plan)
/** No deployment removes what belongs to a deleted object. */
export const keeps = (plan: Plan) => !plan.onRemoved.slice(0, lastDeployment(plan)).includes('remove')
/** Contents that are gone and come back, which an ETag does not tell from contents that stayed. */
export const returns = ({ keys }: Plan) =>
  keys.some(({ history, changes }) => {
    const all = [history, ...changes.map(({ content }) => content)]
    return all.some((content, i) => content && all.indexOf(content) < i - 1)
  })
/** A request is held while contents return, and no other deployment or chart has the key looked at again. */
export const holdsWhileReturning = (plan: Plan) =>
  !plan.isVersioned &&
  !plan.isSecondaryWanted &&
  !deploys(plan) &&
  returns(plan) &&
  plan.incidents.some(({ what, invocation }) => what === 'held' && invocation > 1)
