/** Refuses options that are given twice: neither value may win silently. */
import type { Command } from 'commander'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'

/** To be called when the command has its options. Repeatable options, which have a parser, are left out. */
export function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    if (!(option.required || option.optional) || option.parseArg) continue
    let before: string | undefined
    command.on(`option:${option.name()}`, (given: string | null) => {
      const value = given ?? ''
      if (before !== undefined) {
        throw new RefusedError(
          'settings',
          `${option.long} is given twice, as ${quoted(before)} and ${quoted(value)}; allowed is one`,
        )
      }
      before = value
    })
  }
}
