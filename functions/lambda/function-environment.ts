/** The function's environment variables, parsed once at its start. */
import * as z from 'zod'
import { RefusedError } from '../shared/errors.ts'
import { FUNCTION_VARIABLES } from '../shared/names.ts'
import type { QueueUrls } from '../storage/message-queue.ts'
import { type FunctionSettings, parsed, parseSettings } from './function-settings.ts'
import type { Deployment } from './identity.ts'

const VARIABLES = FUNCTION_VARIABLES

const environmentSchema = z.object({
  [VARIABLES.settings]: z.string().default('{}'),
  [VARIABLES.bucket]: z.string().min(1).optional(),
  [VARIABLES.sourceBuckets]: z.string().default(''),
  [VARIABLES.arrivalsQueueUrl]: z.url(),
  [VARIABLES.repairsQueueUrl]: z.url(),
  [VARIABLES.deadLetterQueueUrl]: z.url(),
  [VARIABLES.sequencesQueueUrl]: z.url().optional(),
  [VARIABLES.stackId]: z.string().default(''),
  [VARIABLES.functionVersion]: z.string().default('$LATEST'),
  [VARIABLES.memory]: z.coerce.number().int().min(128).default(512),
})

/** The parsed environment variables. */
export interface FunctionEnvironment {
  readonly settings: FunctionSettings
  /** Undefined: events of any bucket are accepted. */
  readonly bucket: string | undefined
  /** Further buckets whose events are accepted. */
  readonly sourceBuckets?: readonly string[]
  readonly queues: QueueUrls
  readonly deployment: Deployment
}

/** @throws RefusedError `settings` that lists every problem */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): FunctionEnvironment {
  const data = parsed(environmentSchema, variables, 'variables of the environment')
  let input: unknown
  try {
    input = JSON.parse(data[VARIABLES.settings])
  } catch (error) {
    throw new RefusedError('settings', `${VARIABLES.settings} is not JSON`, { cause: error })
  }
  return {
    settings: parseSettings(input, data[VARIABLES.memory]),
    bucket: data[VARIABLES.bucket],
    sourceBuckets: data[VARIABLES.sourceBuckets].split(',').filter((name) => name !== ''),
    queues: {
      arrivals: data[VARIABLES.arrivalsQueueUrl],
      repairs: data[VARIABLES.repairsQueueUrl],
      deadLetters: data[VARIABLES.deadLetterQueueUrl],
      sequences: data[VARIABLES.sequencesQueueUrl],
    },
    // $LATEST, which has no number, is older than every published version
    deployment: { stack: data[VARIABLES.stackId], number: Number(data[VARIABLES.functionVersion]) || 0 },
  }
}
