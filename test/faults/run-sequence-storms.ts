/**
 * Many storms of sequences: `npm run storm:sequences -- [--seeds 500] [--first 1] [--without RULE] [--wrong 1] [--trace]`. Ends
 * with 1 when one of them ends wrong; `--wrong` says after how many of these it stops, `--without` which rule is taken away.
 */
import { parseArgs } from 'node:util'
import { SEQUENCE_RULES } from './sequence-storm/rules.ts'
import { takeAway } from './storm/rules/rules.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    first: { type: 'string', default: '1' },
    without: { type: 'string' },
    wrong: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
})
if (values.without !== undefined) takeAway(values.without, SEQUENCE_RULES)
// only now, so that the rule is missing in what is loaded
const { sequenceStorm } = await import('./sequence-storm/storm.ts')

const first = Number(values.first)
const started = performance.now()
let [seeds, wrongs, invocations, killed] = [0, 0, 0, 0]
for (let seed = first; seed < first + Number(values.seeds) && wrongs < Number(values.wrong); seed++) {
  seeds++
  const result = await sequenceStorm(seed, values.trace ? console.log : undefined)
  invocations += result.invocations
  killed += result.killed
  if (result.wrong.length === 0) continue
  wrongs++
  process.exitCode = 1
  console.log(`seed ${seed}: ${result.wrong.join('; ')}`)
  console.log(`  npm run storm:sequences -- --first ${seed} --seeds 1 --trace`)
}
const seconds = (performance.now() - started) / 1000
const speed = `${seconds.toFixed(1)} s, ${(seeds / seconds).toFixed(0)} seeds a second`
console.log(`${seeds} seeds, ${wrongs} wrong; ${invocations} invocations, ${killed} killed; ${speed}`)
