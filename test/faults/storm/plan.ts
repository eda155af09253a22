/** What happens in one storm, drawn from its seed. */
import type { SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { type Content, SETTINGS, type SettingsName } from './contents.ts'
import type { Chance, Incident, Weather } from './fate.ts'

export interface KeyPlan {
  readonly key: string
  /** There before the first event: made by an older engine. */
  readonly history: Content | undefined
  /** Somebody else's object at the output key. */
  readonly isOutputForeign: boolean
  readonly isReportForeign: boolean
  readonly changes: readonly Change[]
}

export interface Change {
  /** Milliseconds from the beginning. */
  readonly at: number
  /** Undefined: the object is deleted. */
  readonly content: Content | undefined
}

export interface Plan {
  readonly isVersioned: boolean
  readonly weather: Weather
  /** What goes wrong beside the weather. */
  readonly incidents: readonly Incident[]
  readonly events: EventTimes
  readonly keys: readonly KeyPlan[]
  /** Settings of the first and of the second deployment; the second one is undefined when there is none. */
  readonly settings: readonly [SettingsName, SettingsName | undefined]
  readonly deployedAt: number
  /** While both deployments take messages. */
  readonly overlapMs: number
  /** Whether a backfill follows the second deployment, as it must when the settings change. */
  readonly isRolledOut: boolean
  readonly isSecondaryWanted: boolean
  /** Of the first and of the second deployment. */
  readonly onRemoved: readonly [OnRemoved, OnRemoved]
  readonly areRemovalsNotified: boolean
  readonly doesAnnounce: boolean
  readonly batchSize: number
  readonly looks: readonly PlannedLook[]
}

export type OnRemoved = 'keep' | 'remove'

export interface EventTimes {
  /** How long after its upload an event comes: one of these, at most, with the share beside it. */
  readonly delays: readonly { readonly share: number; readonly ms: number }[]
  /** Of events: come twice. */
  readonly doubled: number
}

/** A message that no upload causes. */
export interface PlannedLook {
  readonly at: number
  readonly key: string
  /** An operator lets the key be made again. */
  readonly again: boolean
  /** How often work on the key was cut off before. */
  readonly deadlines: number
}

/** Some deployments change what becomes of the output of a deleted object. */
export function drawnOnRemoved({ next }: Chance, removal: number): Plan['onRemoved'] {
  const first: OnRemoved = next() < removal ? 'remove' : 'keep'
  if (next() < 0.7) return [first, first]
  return [first, first === 'keep' ? 'remove' : 'keep']
}

/** @returns the number of the last deployment */
export function lastDeployment({ settings }: Plan): 1 | 2 {
  return settings[1] === undefined ? 1 : 2
}

/** The settings of a deployment, as the function gets them. */
export function settingsInput(plan: Plan, deployment: number): SettingsInput {
  const [name, onRemoved] = [plan.settings[deployment - 1]!, plan.onRemoved[deployment - 1]!]
  const secondaries = { chartPrefix: 'charts/', droppedPrefix: 'dropped/' }
  const eventBus = plan.doesAnnounce ? { eventBus: 'bus' } : {}
  return { ...SETTINGS[name], ...eventBus, onRemoved, ...(plan.isSecondaryWanted && secondaries) }
}
