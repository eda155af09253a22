/** The world of one storm: its clock, its chance, its bucket, and the worker that goes on at this moment. */
import { FakeBucket } from '../../fakes/bucket.ts'
import { random } from '../../random.ts'
import { replaceTimers, VirtualClock } from './clock.ts'
import type { Chance, Weather } from './fate.ts'
import type { Worker, World } from './worker.ts'

/** How a storm ended. */
export interface StormResult {
  /** Why the end is not the one right end. */
  readonly wrong: readonly string[]
  readonly invocations: number
  readonly killed: number
}

interface StormPlan {
  readonly weather: Weather
  readonly isVersioned: boolean
}

export function chanceOf(seed: number): Chance {
  const next = random(seed * 7919)
  return { next, below: (count: number) => Math.floor(next() * count) }
}

export class StormWorld<P extends StormPlan> implements World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly plan: P
  readonly weather: Weather
  readonly bucket: FakeBucket
  current: Worker | undefined
  /** When deadlines of invocations and of single requests were reached. */
  readonly deadlines: number[] = []
  readonly #traceLine: ((line: string) => void) | undefined

  constructor(seed: number, traceLine: ((line: string) => void) | undefined, planOf: (chance: Chance) => P) {
    this.chance = chanceOf(seed)
    this.plan = planOf(this.chance)
    this.weather = this.plan.weather
    this.#traceLine = traceLine
    this.bucket = new FakeBucket({ versioned: this.plan.isVersioned })
    this.bucket.now = () => this.clock.now
  }

  trace = (line: () => string) => {
    this.#traceLine?.(`${((this.clock.now - this.clock.start) / 1000).toFixed(3).padStart(9)} ${line()}`)
  }

  pause = (ms: number, signal: AbortSignal | undefined) => this.current!.pause(ms, signal)

  timeout = (ms: number) => {
    const controller = new AbortController()
    const worker = this.current
    this.clock.after(ms, () => {
      if (worker?.isDead || worker?.isDone) return false
      this.trace(() => `${worker?.name} reaches its deadline`)
      this.deadlines.push(this.clock.now)
      this.current = worker
      controller.abort(new DOMException('the deadline', 'TimeoutError'))
      return true
    })
    return controller.signal
  }

  /**
   * Goes on until nothing is left to happen.
   * @param invocations `failures` says why the storm cannot end right, and gets the reason when it does not end
   */
  async blow(invocations: { readonly isBusy: boolean; readonly failures: string[] }, maxSteps: number): Promise<void> {
    const { failures } = invocations
    let steps = 0
    for (let goesOn = this.clock.step(); goesOn !== undefined; goesOn = this.clock.step()) {
      if (!goesOn) continue
      // everything that does not wait for a request or a pause happens now
      do await new Promise((resolve) => setImmediate(resolve))
      while (invocations.isBusy)
      if (++steps > maxSteps || failures.length > 0) break
    }
    if (steps > maxSteps) failures.push('the storm does not end')
  }
}

/** Runs a storm in a world whose time replaces that of the process. */
export async function inWorld<P extends StormPlan, R>(
  world: StormWorld<P>,
  seed: number,
  run: () => Promise<R>,
): Promise<R> {
  const restore = replaceTimers(world, seed)
  try {
    return await run()
  } finally {
    restore()
  }
}
