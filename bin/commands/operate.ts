/** `operate`: the commands of an operator, for a pipeline in an app of one's own. In a clone, `npm run NAME` calls them. */
import { Command } from 'commander'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { OPERATE } from '../operator/command-line.ts'

/** Each script parses its own options. */
const SCRIPTS = {
  status: () => import('../status.ts'),
  'dead-letters': () => import('../dead-letters.ts'),
  redrive: () => import('../redrive.ts'),
  audit: () => import('../audit.ts'),
  backfill: () => import('../backfill.ts'),
  smoke: () => import('../smoke.ts'),
  'alarm-test': () => import('../alarm-test.ts'),
} as const

export function operateCommand(): Command {
  return new Command(OPERATE)
    .description('operate a pipeline that is deployed on AWS')
    .argument('<name>', Object.keys(SCRIPTS).join(', '))
    .argument('[options...]', '--stack NAME, and those that NAME --help shows')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText(
      'after',
      `
Examples:
  $ parquet-supertrend operate status --stack Market
  $ parquet-supertrend operate backfill --stack Market --pipeline Bars --prefix incoming/2024/

AWS_REGION and AWS_PROFILE name the region and the account. The runbook says when to use which.`,
    )
    .action(async (name: string) => {
      const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name as keyof typeof SCRIPTS] : undefined
      if (!script) {
        const allowed = Object.keys(SCRIPTS).join(', ')
        throw new RefusedError('settings', `there is no command ${OPERATE} ${quoted(name)}; allowed are ${allowed}`)
      }
      await script()
    })
}
