/** Runs storms with many seeds, as `npm run storm` and `npm run storm:sequences` do. */
import { parseArgs } from 'node:util'
import type { StormResult } from './storm/storm-world.ts'

/** The options of the command line. */
export interface StormOptions {
  readonly seeds: number
  readonly first: number
  /** The rule that is taken away. */
  readonly without: string | undefined
  /** Storms that end wrong after which no further one is run. */
  readonly wrong: number
  readonly trace: boolean
}

export function stormOptions(): StormOptions {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '500' },
      first: { type: 'string', default: '1' },
      without: { type: 'string' },
      wrong: { type: 'string', default: '1' },
      trace: { type: 'boolean', default: false },
    },
  })
  const { seeds, first, without, wrong, trace } = values
  return { seeds: Number(seeds), first: Number(first), without, wrong: Number(wrong), trace }
}

/**
 * Prints each storm that ends wrong, and the sum of all. The process ends with 1 when there is one.
 * @param script of package.json, to run one of them again
 * @param storm undefined for a seed that is left out
 */
export async function runStorms(
  script: string,
  { seeds, first, without, wrong, trace }: StormOptions,
  storm: (seed: number, trace: ((line: string) => void) | undefined) => Promise<StormResult> | undefined,
): Promise<void> {
  const started = performance.now()
  let [run, wrongs, invocations, killed] = [0, 0, 0, 0]
  for (let seed = first; seed < first + seeds && wrongs < wrong; seed++) {
    run++
    const result = await storm(seed, trace ? console.log : undefined)
    if (!result) continue
    invocations += result.invocations
    killed += result.killed
    if (result.wrong.length === 0) continue
    wrongs++
    process.exitCode = 1
    console.log(`seed ${seed}: ${result.wrong.join('; ')}`)
    const rule = without === undefined ? '' : ` --without ${without}`
    console.log(`  npm run ${script} -- --first ${seed} --seeds 1 --trace${rule}`)
  }
  const seconds = (performance.now() - started) / 1000
  const speed = `${seconds.toFixed(1)} s, ${(run / seconds).toFixed(0)} seeds a second`
  console.log(`${run} seeds, ${wrongs} wrong; ${invocations} invocations, ${killed} killed; ${speed}`)
}
