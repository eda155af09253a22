/** Loaded with `--import` before a test: takes away the rule that the variable `WITHOUT_RULE` names. */
import { takeAway } from './rules.ts'

const { WITHOUT_RULE } = process.env
if (WITHOUT_RULE === undefined) throw new Error('WITHOUT_RULE names no rule')
takeAway(WITHOUT_RULE)
