/** The rules of advance, each with the line of the source that it is made of and what the line would be without it. */
import type { Rule } from '../storm/rules/rule.ts'

const ADVANCE = 'lambda/advance.ts'
const WALK_BACK = 'lambda/walk-back.ts'

/** By a short name. A storm that runs without a rule has to end wrong. */
export const SEQUENCE_RULES: Readonly<Record<string, Rule>> = {
  'walk-back': {
    what: 'keys before the first one that are not done are done first',
    file: WALK_BACK,
    is: '    key = before\n',
    without: '',
  },
  'walk-back-unannounced': {
    what: 'on a redelivered message, what was written since it came first is looked at again',
    file: WALK_BACK,
    is: "if (since !== undefined && !isWrittenBefore(since, output.lastModified)) return 'pending'",
    without: '',
  },
  verify: {
    what: 'a redelivered message is followed to the end of the sequence',
    file: 'lambda/sequence-batch.ts',
    is: 'return isRetried || hints',
    without: 'return hints',
  },
  'verify-failed': {
    what: 'work that failed is followed to the end of the sequence',
    file: 'lambda/deliver-sequences.ts',
    is: 'isVerifying: true',
    without: 'isVerifying: false',
  },
  'own-write': {
    what: 'an output that the worker may have written itself does not end the work',
    file: ADVANCE,
    is: ' && !mayBeNews',
    without: '',
  },
  'first-stale-key': {
    what: 'on a redelivered message only the first key that is not done is done',
    file: ADVANCE,
    is: 'return isStale && this.#batch.isRetried',
    without: 'return false',
  },
  'identity-after': {
    what: 'identity of an output: the state that it continues from',
    file: 'lambda/identity.ts',
    is: ' && output.after === identity.after',
    without: '',
  },
  'report-after': {
    what: 'identity of a report: the state, where the refusal depends on it',
    file: 'lambda/publish-report.ts',
    is: 'isAboutBeginning(code) ? identity :',
    without: 'false ? identity :',
  },
  frozen: {
    what: 'the output of a deleted file passes its state on',
    file: 'lambda/existing-objects.ts',
    is: "work.onRemoved === 'remove' ? undefined : output?.own?.state",
    without: 'undefined',
  },
  'one-worker': {
    what: 'one worker at a time advances a sequence',
    file: 'lambda/sequences.ts',
    is: 'sendInGroup(\n    hashOf(',
    without: 'sendInGroup(\n    hashOf(id + ',
  },
}
