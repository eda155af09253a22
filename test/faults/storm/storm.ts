/**
 * An event storm, replayable by its seed: contents that return, events that come twice and late, workers side by side,
 * requests that are held, fail, lose their answer or take effect late, workers that are killed, two deployments at once.
 * In the end every key must hold what its current object requires.
 */
import type { Chance } from './fate.ts'
import { Invocations, VISIBILITY_MS } from './invocations.ts'
import type { Plan } from './plan.ts'
import { dependenciesOf } from './ports.ts'
import { StormQueue } from './queue.ts'
import { quietPlan } from './quiet-plan.ts'
import { type Ending, problemsOf } from './right-end.ts'
import { chanceOf, inWorld, type StormResult, StormWorld } from './storm-world.ts'
import { Users } from './users.ts'
import { wildPlan } from './wild-plan.ts'

/** A storm that goes on longer does not end: those of the first 1,500 seeds take at most 326 steps. */
const MAX_STEPS = 20_000
const WORKERS = 4
/** Of the seeds. Most rules need one fault at one moment; some need several of them. */
const QUIET_SHARE = 0.5

export function planOfSeed(seed: number): Plan {
  return planOf(chanceOf(seed))
}

function planOf(chance: Chance): Plan {
  return chance.next() < QUIET_SHARE ? quietPlan(chance) : wildPlan(chance)
}

export function storm(seed: number, trace?: (line: string) => void): Promise<StormResult> {
  const world = new StormWorld(seed, trace, planOf)
  return inWorld(world, seed, () => stormIn(world))
}

async function stormIn(world: StormWorld<Plan>): Promise<StormResult> {
  const { plan, bucket, clock, chance } = world
  const queue = new StormQueue(clock, chance)
  const ending: Ending = {
    plan,
    bucket,
    contents: new Map(),
    writtenAt: new Map(),
    removedAt: new Map(),
    notices: [],
    deadlines: new Map(),
    deadLetters: [],
    uploads: new Map(),
  }
  const invocations = new Invocations(world, {
    workers: WORKERS,
    incidents: plan.incidents,
    receive: () => queue.receive(1 + chance.below(plan.batchSize), VISIBILITY_MS),
    acknowledge: (message) => queue.acknowledge(message),
    dependenciesOf: (worker, deployment) => dependenciesOf(worker, deployment, world, queue, ending),
  })
  queue.onVisible = () => invocations.start()
  world.trace(() => JSON.stringify({ ...plan, keys: undefined }))
  new Users(world, queue, ending).begin((overlapMs) => invocations.deploy(overlapMs))
  await world.blow(invocations, MAX_STEPS)
  const { failures, count, deaths } = invocations
  if (failures.length === 0 && queue.size > 0) failures.push(`${queue.size} messages are left`)
  const wrong = failures.length > 0 ? failures : await problemsOf(ending)
  return { wrong, invocations: count, killed: deaths.length }
}
