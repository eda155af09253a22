/**
 * Many storms: `npm run storm -- [--seeds 500] [--first 1] [--without RULE] [--wrong 1] [--trace]`. Ends with 1 when one
 * of them ends wrong; `--wrong` says after how many of these it stops, `--without` which rule is taken away before.
 */
import { runStorms, stormOptions } from './many-storms.ts'
import { RULES, takeAway } from './storm/rules/rules.ts'

const options = stormOptions()
const { without } = options
if (without !== undefined) takeAway(without)
// only now, so that the rule is missing in what is loaded
const { planOfSeed, storm } = await import('./storm/storm.ts')

const rule = without === undefined ? undefined : RULES[without]
await runStorms('storm', options, (seed, trace) =>
  rule?.tells && !rule.tells(planOfSeed(seed)) ? undefined : storm(seed, trace),
)
