/**
 * Many storms of sequences: `npm run storm:sequences -- [--seeds 500] [--first 1] [--without RULE] [--wrong 1] [--trace]`. Ends
 * with 1 when one of them ends wrong; `--wrong` says after how many of these it stops, `--without` which rule is taken away.
 */
import { runStorms, stormOptions } from './many-storms.ts'
import { SEQUENCE_RULES } from './sequence-storm/rules.ts'
import { takeAway } from './storm/rules/rules.ts'

const options = stormOptions()
if (options.without !== undefined) takeAway(options.without, SEQUENCE_RULES)
// only now, so that the rule is missing in what is loaded
const { sequenceStorm } = await import('./sequence-storm/storm.ts')

await runStorms('storm:sequences', options, sequenceStorm)
