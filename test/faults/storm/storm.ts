/**
 * An event storm, replayable by its seed: contents that return, events that come twice and late, workers side by side,
 * requests that are held, fail, lose their answer or take effect late, workers that are killed, two deployments at once.
 * In the end every key must hold what its current object requires.
 */
import { FakeBucket } from '../../fakes/bucket.ts'
import { random } from '../../random.ts'
import { replaceTimers, VirtualClock } from './clock.ts'
import type { Chance } from './fate.ts'
import { Invocations } from './invocations.ts'
import type { Plan } from './plan.ts'
import { StormQueue } from './queue.ts'
import { quietPlan } from './quiet-plan.ts'
import { type Ending, problemsOf } from './right-end.ts'
import { Users } from './users.ts'
import { wildPlan } from './wild-plan.ts'
import type { Worker, World } from './worker.ts'

export interface StormResult {
  /** Why the end is not the one right end. */
  readonly wrong: readonly string[]
  readonly invocations: number
  readonly killed: number
}

/** A storm that goes on longer does not end. */
const MAX_STEPS = 200_000
/** Of the seeds. Most rules need one fault at one moment; some need several of them. */
const QUIET_SHARE = 0.5

export function planOfSeed(seed: number): Plan {
  return planOf(chanceOf(seed))
}

function planOf(chance: Chance): Plan {
  return chance.next() < QUIET_SHARE ? quietPlan(chance) : wildPlan(chance)
}

function chanceOf(seed: number): Chance {
  const next = random(seed * 7919)
  return { next, below: (count: number) => Math.floor(next() * count) }
}

export async function storm(seed: number, trace?: (line: string) => void): Promise<StormResult> {
  const run = new Storm(seed, trace)
  const restore = replaceTimers(run, seed)
  try {
    return await run.run()
  } finally {
    restore()
  }
}

class Storm implements World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly plan: Plan
  readonly weather
  current: Worker | undefined
  readonly #traceLine: ((line: string) => void) | undefined
  readonly #queue: StormQueue
  readonly #ending: Ending
  readonly #invocations: Invocations
  readonly #users: Users

  constructor(seed: number, trace: ((line: string) => void) | undefined) {
    this.chance = chanceOf(seed)
    this.plan = planOf(this.chance)
    this.weather = this.plan.weather
    this.#traceLine = trace
    const bucket = new FakeBucket({ versioned: this.plan.isVersioned })
    bucket.now = () => this.clock.now
    this.#queue = new StormQueue(this.clock, this.chance)
    this.#ending = {
      plan: this.plan,
      bucket,
      contents: new Map(),
      writtenAt: new Map(),
      removedAt: new Map(),
      notices: [],
      deadlines: new Map(),
      deadLetters: [],
      uploads: new Map(),
    }
    this.#invocations = new Invocations(this, this.#queue, this.#ending)
    this.#users = new Users(this, this.#queue, this.#ending)
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
      this.current = worker
      controller.abort(new DOMException('the deadline', 'TimeoutError'))
      return true
    })
    return controller.signal
  }

  async run(): Promise<StormResult> {
    this.trace(() => JSON.stringify({ ...this.plan, keys: undefined }))
    this.#users.begin((overlapMs) => this.#invocations.deploy(overlapMs))
    const { failures } = this.#invocations
    let steps = 0
    for (let goesOn = this.clock.step(); goesOn !== undefined; goesOn = this.clock.step()) {
      if (!goesOn) continue
      // everything that does not wait for a request or a pause happens now
      do await new Promise((resolve) => setImmediate(resolve))
      while (this.#invocations.isBusy)
      if (++steps > MAX_STEPS || failures.length > 0) break
    }
    if (steps > MAX_STEPS) failures.push('the storm does not end')
    if (failures.length === 0 && this.#queue.size > 0) failures.push(`${this.#queue.size} messages are left`)
    const wrong = failures.length > 0 ? failures : await problemsOf(this.#ending)
    return { wrong, invocations: this.#invocations.count, killed: this.#invocations.killed }
  }
}
