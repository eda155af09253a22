/** Many storms: `npm run storm -- [--seeds 1000] [--first 1] [--keys 60]`. Stops at the first that ends wrong. */
import { parseArgs } from 'node:util'
import { storm } from './storm.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    keys: { type: 'string', default: '60' },
  },
})
const first = Number(values.first)
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const { invocations, killed } = await storm({ seed, keys: Number(values.keys), versioned: seed % 2 === 0 })
  console.log(`seed ${seed}: ${invocations} invocations, ${killed} killed`)
}
