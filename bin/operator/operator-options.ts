/** Parses the options of an operator's command. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { RefusedError } from '../../functions/shared/errors.ts'
import { commandLine, isPackaged } from './command-line.ts'

const IN_STACK = '--stack names the deployed stack, and --pipeline the construct, if the stack has several'
const ELSEWHERE = `instead of --environment, for a pipeline in an app of your own: --stack NAME [--pipeline ID]
${IN_STACK}`

/**
 * @returns undefined after it has printed the usage, for --help
 * @throws RefusedError `settings` when an option is not known
 */
export function operatorOptions<T extends NonNullable<ParseArgsConfig['options']>>(usage: string, options: T) {
  const help = { type: 'boolean', short: 'h' } as const
  try {
    const args = process.argv.slice(isPackaged() ? 4 : 2)
    const { values } = parseArgs({ args, options: { ...options, help } })
    if (!('help' in values)) return values
  } catch (error) {
    const what = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
    throw new RefusedError('settings', `${what} (--help shows the usage)`)
  }
  process.stdout.write(`${usageOf(usage)}\n`)
  return undefined
}

/** @returns the usage for a clone, or for the package, which knows stacks only */
function usageOf(usage: string): string {
  if (!isPackaged()) return `${usage}\n${ELSEWHERE}`
  const [, name] = /^npm run (\S+) -- --environment NAME/.exec(usage)!
  return `${usage.replace(/^.* NAME/, commandLine(name!, '--stack NAME [--pipeline ID]'))}\n${IN_STACK}`
}

/**
 * @returns the prefix of the option, or the input prefix
 * @throws RefusedError `settings` for a prefix whose objects are not enriched
 */
export function prefixWithin(prefix: string | undefined, inputPrefix: string): string {
  if (prefix === undefined || prefix.startsWith(inputPrefix)) return prefix ?? inputPrefix
  throw new RefusedError('settings', `--prefix is "${prefix}"; allowed is one that begins with "${inputPrefix}"`)
}
