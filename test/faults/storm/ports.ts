/** What the function is given in a storm: S3, queue and notices, all of them through the worker's weather. */
import type { Dependencies } from '../../../functions/lambda/dependencies.ts'
import type { SentHint } from '../../../functions/lambda/sequences.ts'
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import type { FakeBucket } from '../../fakes/bucket.ts'
import { settingsOf } from './contents.ts'
import { settingsInput } from './plan.ts'
import type { StormQueue } from './queue.ts'
import type { Ending } from './right-end.ts'
import type { Worker, World } from './worker.ts'

/** @param number of the deployment */
export function dependenciesOf(
  worker: Worker,
  number: number,
  { clock, trace }: World,
  stormQueue: StormQueue,
  ending: Ending,
): Dependencies {
  const { plan, bucket, deadlines, deadLetters, notices } = ending
  const settings = settingsOf(settingsInput(plan, number))
  const call = async (name: string, run: () => unknown, signal?: AbortSignal) => {
    const execute = () => {
      run()
      return {}
    }
    await worker.call({ name, isWrite: true, isConditional: false, execute }, signal)
  }
  return {
    s3: s3Of(worker, clock, ending),
    environment: { settings, bucket: bucket.name, deployment: { stack: 'stack', number } },
    telemetry: {
      advanced: () => {},
      start: () => {},
      record: (file) => {
        const error = 'error' in file ? `${file.error}` : ''
        trace(() => `${worker.name} records ${file.key} ${file.outcome} ${error}`)
      },
      flush: () => {},
    },
    queue: {
      retryIn: ({ receiptHandle }, seconds, signal) =>
        call('retryIn', () => stormQueue.retryIn(receiptHandle, seconds * 1000), signal),
      send: (_, body, seconds, signal) => {
        const { key, slowUpload, deadlines: count } = body as SentHint
        if (count) deadlines.set(`${key} ${slowUpload}`, count)
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

function s3Of(worker: Worker, clock: World['clock'], { bucket, writtenAt, removedAt, uploads }: Ending): S3Port {
  const send = (command: Parameters<FakeBucket['request']>[0], options?: { readonly abortSignal?: AbortSignal }) => {
    const name = command.constructor.name.replace(/Command$/, '')
    const { Key, IfMatch, IfNoneMatch } = command.input
    const request = bucket.request(command)
    const isObjectWrite = name === 'PutObject' || name === 'CompleteMultipartUpload'
    const execute = () => {
      const answer = request()
      if (isObjectWrite) writtenAt.set(Key, clock.now)
      if (name === 'DeleteObject') removedAt.set(Key, clock.now)
      if (name === 'CreateMultipartUpload') uploads.set(answer.UploadId as string, worker)
      return answer
    }
    const isWrite = name !== 'GetObject' && name !== 'HeadObject'
    const isConditional = isObjectWrite && (IfMatch ?? IfNoneMatch) !== undefined
    const condition = IfMatch ?? IfNoneMatch ?? ''
    const call = { name: `${name} ${Key} ${condition.slice(0, 8)}`, isWrite, isConditional, execute }
    return worker.call(call, options?.abortSignal)
  }
  return { send } as unknown as S3Port
}
