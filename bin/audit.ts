/** `npm run audit -- --environment NAME`: compares every input with its output and its report. */
import { RefusedError } from '../functions/shared/errors.ts'
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions, prefixWithin } from './operator/operator-options.ts'
import { printAudit } from './operator/print-audit.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run audit -- --environment NAME [--bucket BUCKET] [--prefix PREFIX] [--changed-since TIME] [--repair] [--json]
lists inputs without a right enriched file or report, and inputs that are refused; --changed-since skips keys that are
older than a time such as 2024-01-31T00:00:00Z; --repair sends the listed keys to be looked at again;
--bucket names a source bucket of the pipeline`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    ...TARGET_OPTIONS,
    bucket: { type: 'string' },
    prefix: { type: 'string' },
    'changed-since': { type: 'string' },
    repair: { type: 'boolean' },
    json: { type: 'boolean' },
  })
  if (!values) return
  const since = values['changed-since']
  const changedSince = since === undefined ? undefined : new Date(since)
  if (changedSince && Number.isNaN(changedSince.getTime())) {
    throw new RefusedError('settings', `--changed-since is "${since}"; allowed is a time such as 2024-01-31T00:00:00Z`)
  }
  const { operated } = await operationOn(values, values.bucket)
  const prefix = prefixWithin(values.prefix, operated.settings.inputPrefix)
  const { repair = false, json = false } = values
  const tally = await printAudit(operated, { prefix, changedSince, repair, json })
  if (tally.unsettled > 0) process.exitCode = 1
})
