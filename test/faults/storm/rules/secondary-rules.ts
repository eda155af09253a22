/** Charts and files of removed rows. */
import { deploys, FEW_STORMS, hasFailures, hasSecondaries, type Rule, refuses, removes } from './rule.ts'

const EXISTING = 'lambda/existing-objects.ts'
const SETTLE = 'lambda/settle.ts'
const ENRICHED = 'lambda/publish-enriched.ts'
const REPORT = 'lambda/publish-report.ts'
const SECONDARIES = 'lambda/secondary-objects.ts'

export const SECONDARY_RULES: Readonly<Record<string, Rule>> = {
  'remove-strays': {
    what: 'charts and removed rows of a deleted object go without an output too',
    file: EXISTING,
    is: 'const wereThere = await removeSecondaries(work)',
    without: 'const wereThere = output !== undefined && (await removeSecondaries(work))',
    tells: (plan) => removes(plan) && hasSecondaries(plan),
  },
  'secondaries-looked-at': {
    what: 'charts and removed rows are looked at when the output is right',
    file: EXISTING,
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
  'secondaries-output': {
    what: 'after charts and removed rows the output is looked at',
    file: ENRICHED,
    is: '  if (secondaries.hasChanged && !(await isPublishedStill(work, look))) return LOOK_AGAIN\n',
    without: '',
    tells: hasSecondaries,
    stays: FEW_STORMS,
  },
  'secondaries-newer': {
    what: 'charts and removed rows of a newer deployment stay',
    file: SECONDARIES,
    is: '(!found.own || isOfNewerDeployment(found.own, work.deployment))',
    without: '!found.own',
    tells: (plan) => deploys(plan) && hasSecondaries(plan),
    stays: 'the newer deployment would find them and write them again: saves that',
  },
  'secondaries-condition': {
    what: 'charts and removed rows are written on a condition',
    file: SECONDARIES,
    is: 'metadata: identityMetadata(look.identity), onlyIf }',
    without: 'metadata: identityMetadata(look.identity), onlyIf: undefined }',
    tells: hasSecondaries,
    stays: FEW_STORMS,
  },
  'secondaries-conflict': {
    what: 'a conflict about charts and removed rows: look again',
    file: SECONDARIES,
    is: 'if (error instanceof ConflictError || error instanceof SourceChangedError) throw error',
    without: 'if (error instanceof ConflictError || error instanceof SourceChangedError) continue',
    tells: hasSecondaries,
    stays: FEW_STORMS,
  },
  'secondaries-failure': {
    what: 'a chart that could not be written comes again',
    file: SETTLE,
    is: 'if (outcome.secondaryFailure === undefined) return undefined',
    without: 'if (outcome) return undefined',
    tells: (plan) => hasFailures(plan) && hasSecondaries(plan),
    stays: FEW_STORMS,
  },
  'secondaries-beside-report': {
    what: 'beside a right report, strays of an older output go',
    file: EXISTING,
    is: 'const strays = await removeStraySecondaries(work)',
    without: 'const strays = { hasChanged: false }',
    tells: (plan) => hasSecondaries(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'secondaries-beside-new-report': {
    what: 'beside a new report, strays of an older output go',
    file: REPORT,
    is: 'const strays = await removeStraySecondaries(work)',
    without: 'const strays = { hasChanged: false }',
    tells: (plan) => hasSecondaries(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'secondaries-strays-output': {
    what: 'beside a right report, the output is looked at after strays went',
    file: EXISTING,
    is: "if (strays.hasChanged && !(await isAsFound(work, 'output', output))) return LOOK_AGAIN",
    without: '',
    tells: (plan) => hasSecondaries(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'secondaries-strays-output-new': {
    what: 'beside a new report, the output is looked at after strays went',
    file: REPORT,
    is: "if (strays.hasChanged && !(await isAsFound(work, 'output', seen))) return LOOK_AGAIN",
    without: '',
    tells: (plan) => hasSecondaries(plan) && refuses(plan),
    stays: FEW_STORMS,
  },
  'secondaries-of-newer': {
    what: 'strays beside the output of a newer deployment: it has to look',
    file: EXISTING,
    is: 'if (!areRight) throw',
    without: 'if (false) throw',
    tells: (plan) => deploys(plan) && hasSecondaries(plan),
    stays: FEW_STORMS,
  },
}
