/** The function's environment variables, parsed once at its start. */
import * as z from 'zod/mini'
import { RefusedError } from '../shared/errors.ts'
import { FUNCTION_VARIABLES } from '../shared/names.ts'
import type { QueueUrls } from '../storage/message-queue.ts'
import { type FunctionSettings, parsed, parseSettings } from './function-settings.ts'
import type { Deployment } from './identity.ts'

const VARIABLES = FUNCTION_VARIABLES

const environmentSchema = z.object({
  [VARIABLES.settings]: z._default(z.string(), '{}'),
  [VARIABLES.bucket]: z.optional(z.string().check(z.minLength(1))),
  [VARIABLES.sourceBuckets]: z._default(z.string(), ''),
  [VARIABLES.arrivalsQueueUrl]: z.url(),
  [VARIABLES.repairsQueueUrl]: z.url(),
  [VARIABLES.deadLetterQueueUrl]: z.url(),
  [VARIABLES.sequencesQueueUrl]: z.optional(z.url()),
  [VARIABLES.stackId]: z._default(z.string(), ''),
  [VARIABLES.functionVersion]: z._default(z.string(), '$LATEST'),
  [VARIABLES.memory]: z._default(z.coerce.number().check(z.int(), z.minimum(128)), 512),
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
