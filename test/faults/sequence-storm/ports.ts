/** What the function is given in a storm of sequences: S3, queues and notices, all of them through the worker's weather. */
import type { Dependencies } from '../../../functions/lambda/dependencies.ts'
import type { Hint } from '../../../functions/lambda/hints.ts'
import { SILENT_TELEMETRY } from '../../fakes/silent-telemetry.ts'
import type { StormQueue } from '../storm/queue.ts'
import { callsOf, s3Of } from '../storm/stormy-ports.ts'
import type { Worker, World } from '../storm/worker.ts'
import { settingsOf } from './contents.ts'
import type { FifoQueue } from './fifo-queue.ts'
import { type Ending, settingsInput } from './right-end.ts'

/** After which an operator redrives a dead letter: the weather was too bad for thirty attempts. */
const REDRIVE_MS = 3_600_000
/** From S3 to the queue of arrivals, and from there to that of sequences. */
const AT_LEAST = 2

/** @param number of the deployment */
export function dependenciesOf(
  worker: Worker,
  number: number,
  { clock, trace }: World,
  { arrivals, sequences }: { readonly arrivals: StormQueue; readonly sequences: FifoQueue },
  ending: Ending,
): Dependencies {
  const { plan, bucket, contents, counts, deadLetters, notices, writtenAt, openings } = ending
  const counted = (body: object) => {
    counts.messages++
    const { hops = 0, failures = 0 } = (body as Partial<Hint>).advance ?? {}
    counts.mostFailures = Math.max(counts.mostFailures, failures)
    counts.longestChain = Math.max(counts.longestChain, AT_LEAST + hops + failures)
    return body
  }
  const settings = settingsOf(plan.settings[number - 1]!, settingsInput(plan))
  const call = callsOf(worker)
  return {
    s3: s3Of(worker, bucket, {
      onSend: ({ name }) => counts.requests.set(name, (counts.requests.get(name) ?? 0) + 1),
      onEffect: ({ name, key, isObjectWrite }) => {
        if (name === 'GetObject') openings.push({ at: clock.now, key })
        if (name === 'GetObject' && contents.get(key)?.kind === 'K') worker.die()
        if (isObjectWrite) writtenAt.set(key, clock.now)
      },
    }),
    environment: { settings, bucket: bucket.name, deployment: { stack: 'stack', number } },
    telemetry: {
      ...SILENT_TELEMETRY,
      record: (file) => {
        const error = 'error' in file ? `${file.error instanceof Error ? file.error.stack : file.error}` : ''
        trace(() => `${worker.name} records ${file.key} ${file.outcome} ${'code' in file ? file.code : ''} ${error}`)
        if (file.outcome === 'enriched') counts.computations++
      },
    },
    queue: {
      retryIn: ({ receiptHandle }, seconds, signal) =>
        call('retryIn', () => arrivals.retryIn(receiptHandle, seconds * 1000), signal),
      send: (_, body, seconds, signal) => call('send', () => arrivals.send(counted(body), seconds * 1000), signal),
      sendInGroup: (group, body, id, signal) =>
        call('sendInGroup', () => sequences.send(group, counted(body), id), signal),
      giveUp: (body, { code }, signal) => {
        const { key } = JSON.parse(body) as { readonly key: string }
        return call(
          'giveUp',
          () => {
            deadLetters.push({ key, code: code! })
            if (code !== 'failed') return
            trace(() => `an operator redrives ${key}`)
            arrivals.send({ bucket: bucket.name, key, again: true, advance: { isVerifying: true } }, REDRIVE_MS)
          },
          signal,
        )
      },
    },
    announce: plan.doesAnnounce
      ? (_, type, detail, signal) => {
          const { key } = detail as { key: string }
          return call(`announce ${type}`, () => notices.push({ at: clock.now, key, type }), signal)
        }
      : undefined,
  }
}
