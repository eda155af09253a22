/**
 * Many storms: `npm run storm -- [--seeds 1000] [--first 1] [--without RULE] [--wrong 1] [--trace]`. Ends with 1 when one
 * of them ends wrong; `--wrong` says after how many of these it stops, `--without` which rule is taken away before.
 */
import { parseArgs } from 'node:util'
import { RULES, takeAway } from './storm/rules/rules.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    first: { type: 'string', default: '1' },
    without: { type: 'string' },
    wrong: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
})
if (values.without !== undefined) takeAway(values.without)
// only now, so that the rule is missing in what is loaded
const { planOfSeed, storm } = await import('./storm/storm.ts')

const rule = values.without === undefined ? undefined : RULES[values.without]
const first = Number(values.first)
const started = performance.now()
let [seeds, wrongs, invocations, killed] = [0, 0, 0, 0]
for (let seed = first; seed < first + Number(values.seeds) && wrongs < Number(values.wrong); seed++) {
  seeds++
  if (rule?.tells && !rule.tells(planOfSeed(seed))) continue
  const result = await storm(seed, values.trace ? console.log : undefined)
  invocations += result.invocations
  killed += result.killed
  if (result.wrong.length === 0) continue
  wrongs++
  process.exitCode = 1
  console.log(`seed ${seed}: ${result.wrong.join('; ')}`)
  const without = values.without === undefined ? '' : ` --without ${values.without}`
  console.log(`  npm run storm -- --first ${seed} --seeds 1 --trace${without}`)
}
const seconds = (performance.now() - started) / 1000
const speed = `${seconds.toFixed(1)} s, ${(seeds / seconds).toFixed(0)} seeds a second`
console.log(`${seeds} seeds, ${wrongs} wrong; ${invocations} invocations, ${killed} killed; ${speed}`)
