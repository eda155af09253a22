/** `npm run dead-letters -- --environment NAME`: shows the dead letters, and discards or redrives them by key. */
import { RefusedError } from '../functions/shared/errors.ts'
import { runCommand } from './cli/run-command.ts'
import { discardLetters, showLetters } from './operator/discard.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { redriveAll, redriveKey } from './operator/redrive.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run dead-letters -- --environment NAME [--show | --discard KEY | --redrive KEY | --all]
shows the dead letters; --discard deletes the letters of a key; --redrive and --all send keys to be looked at again`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    ...TARGET_OPTIONS,
    show: { type: 'boolean' },
    discard: { type: 'string' },
    redrive: { type: 'string' },
    all: { type: 'boolean' },
  })
  if (!values) return
  const { discard, redrive, all, show } = values
  if ([discard, redrive, all, show].filter((value) => value !== undefined).length > 1) {
    throw new RefusedError('settings', 'allowed is one of --show, --discard KEY, --redrive KEY and --all')
  }
  const { operated, deployment } = await operationOn(values)
  const { deadLetterQueueUrl, sequencesFailedQueueUrl } = deployment
  const queues = [deadLetterQueueUrl, ...(sequencesFailedQueueUrl === undefined ? [] : [sequencesFailedQueueUrl])]
  if (discard !== undefined) await discardLetters(operated, queues, discard)
  else if (redrive !== undefined || all) {
    const redriving = redrive === undefined ? redriveAll(operated, deployment) : redriveKey(operated, queues, redrive)
    if ((await redriving) > 0) process.exitCode = 1
  } else await showLetters(operated, queues)
})
