/** What the function is given in a storm: S3, queue and notices, all of them through the worker's weather. */
import type { Dependencies } from '../../../functions/lambda/dependencies.ts'
import type { SentHint } from '../../../functions/lambda/hints.ts'
import { SILENT_TELEMETRY } from '../../fakes/silent-telemetry.ts'
import { settingsOf } from './contents.ts'
import { settingsInput } from './plan.ts'
import type { StormQueue } from './queue.ts'
import type { Ending } from './right-end.ts'
import { callsOf, s3Of } from './stormy-ports.ts'
import type { Worker, World } from './worker.ts'

/** @param number of the deployment */
export function dependenciesOf(
  worker: Worker,
  number: number,
  { clock, trace }: World,
  stormQueue: StormQueue,
  ending: Ending,
): Dependencies {
  const { plan, bucket, deadlines, deadLetters, notices, writtenAt, removedAt, uploads } = ending
  const settings = settingsOf(settingsInput(plan, number))
  const call = callsOf(worker)
  return {
    s3: s3Of(worker, bucket, {
      onEffect: ({ name, key, isObjectWrite }, { UploadId }) => {
        if (isObjectWrite) writtenAt.set(key, clock.now)
        if (name === 'DeleteObject') removedAt.set(key, clock.now)
        if (name === 'CreateMultipartUpload') uploads.set(UploadId as string, worker)
      },
    }),
    environment: { settings, bucket: bucket.name, deployment: { stack: 'stack', number } },
    telemetry: {
      ...SILENT_TELEMETRY,
      record: (file) => {
        const error = 'error' in file ? `${file.error}` : ''
        trace(() => `${worker.name} records ${file.key} ${file.outcome} ${error}`)
      },
    },
    queue: {
      retryIn: ({ receiptHandle }, seconds, signal) =>
        call('retryIn', () => stormQueue.retryIn(receiptHandle, seconds * 1000), signal),
      send: (_, body, seconds, signal) => {
        const { key, slowUpload, deadlines: count = 0 } = body as SentHint
        const upload = `${key} ${slowUpload}`
        // a slow worker that has counted fewer deadlines may send its message later
        if (count > 0) deadlines.set(upload, Math.max(count, deadlines.get(upload) ?? 0))
        return call('send', () => stormQueue.send(body, seconds * 1000), signal)
      },
      sendInGroup: () => Promise.reject(new Error('no files continue each other here')),
      giveUp: (body, _, signal) => call('giveUp', () => deadLetters.push(JSON.parse(body).key as string), signal),
    },
    announce: plan.doesAnnounce
      ? (_, type, detail, signal) => {
          const { key, code } = detail as { key: string; code?: string }
          return call(`announce ${type}`, () => notices.push({ at: clock.now, key, type, code }), signal)
        }
      : undefined,
  }
}
