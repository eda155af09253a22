/** Parses the options of an operator's command. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { RefusedError } from '../../functions/shared/errors.ts'

/**
 * @returns undefined after it has printed the usage, for --help
 * @throws RefusedError `settings` when an option is not known
 */
export function operatorOptions<T extends NonNullable<ParseArgsConfig['options']>>(usage: string, options: T) {
  const help = { type: 'boolean', short: 'h' } as const
  try {
    const { values } = parseArgs({ options: { ...options, help } })
    if (!('help' in values)) return values
  } catch (error) {
    const what = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
    throw new RefusedError('settings', `${what} (--help shows the usage)`)
  }
  process.stdout.write(`${usage}\n`)
  return undefined
}

/**
 * @returns the prefix of the option, or the input prefix
 * @throws RefusedError `settings` for a prefix whose objects are not enriched
 */
export function prefixWithin(prefix: string | undefined, inputPrefix: string): string {
  if (prefix === undefined || prefix.startsWith(inputPrefix)) return prefix ?? inputPrefix
  throw new RefusedError('settings', `--prefix is "${prefix}"; allowed is one that begins with "${inputPrefix}"`)
}
