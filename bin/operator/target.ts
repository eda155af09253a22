/** What an operator's command is about: an environment of lib/environments.ts, or a pipeline in a stack of any app. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { isPackaged } from './command-line.ts'

export interface OperatedTarget {
  readonly environment?: string | undefined
  readonly stack?: string | undefined
  readonly pipeline?: string | undefined
}

/** The options of every command, as `parseArgs` describes them. */
export const TARGET_OPTIONS = {
  environment: { type: 'string' },
  stack: { type: 'string' },
  pipeline: { type: 'string' },
} as const

interface NamedStack {
  readonly stackName: string
  readonly pipeline: string | undefined
  /** Name the same in another command. */
  readonly options: string
}

/** @throws RefusedError `settings` for an environment that is not in the table, and when none or too much is named */
export async function targetOf({ environment, stack, pipeline }: OperatedTarget): Promise<NamedStack> {
  if (stack !== undefined) {
    if (environment !== undefined) throw new RefusedError('settings', 'allowed is one of --environment and --stack')
    const options = `--stack ${stack}${pipeline === undefined ? '' : ` --pipeline ${pipeline}`}`
    return { stackName: stack, pipeline, options }
  }
  if (pipeline !== undefined) throw new RefusedError('settings', '--pipeline needs --stack')
  if (isPackaged()) throw new RefusedError('settings', '--stack is missing; allowed is the name of a deployed stack')
  return environmentOf(environment)
}

async function environmentOf(environment: string | undefined): Promise<NamedStack> {
  // the package does not contain the rows
  const { ENVIRONMENT_NAMES, environmentNamed, stackNameOf } = await import('../../lib/environments.ts')
  if (environment === undefined) {
    throw new RefusedError('settings', `--environment is missing; allowed are ${ENVIRONMENT_NAMES.join(', ')}`)
  }
  try {
    const { name } = environmentNamed(environment)
    return { stackName: stackNameOf(name), pipeline: undefined, options: `--environment ${name}` }
  } catch (error) {
    throw new RefusedError('settings', `--environment: ${error instanceof Error ? error.message : error}`)
  }
}
