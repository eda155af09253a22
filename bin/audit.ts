/** `npm run audit -- --environment NAME`: compares every input with what was made of it. */
import { RefusedError } from '../functions/shared/errors.ts'
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions, prefixWithin } from './operator/operator-options.ts'
import { printAudit } from './operator/print-audit.ts'

const USAGE = `npm run audit -- --environment NAME [--prefix PREFIX] [--changed-since TIME] [--repair] [--json]
which inputs have no enriched file or an outdated one, and which are refused; --changed-since looks at nothing that is
older than a time such as 2024-01-31T00:00:00Z; --repair has them looked at again`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    environment: { type: 'string' },
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
  const { operated } = await operationOn(values.environment)
  const prefix = prefixWithin(values.prefix, operated.settings.inputPrefix)
  const { repair = false, json = false } = values
  const tally = await printAudit(operated, { prefix, changedSince, repair, json })
  if (tally.unsettled > 0) process.exitCode = 1
})
