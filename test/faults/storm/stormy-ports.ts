/** Requests of a worker that go through its weather. */
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import type { FakeBucket } from '../../fakes/bucket.ts'
import type { Worker } from './worker.ts'

/** A request to a queue or to the bus of notices. */
export type StormyCall = (name: string, run: () => unknown, signal?: AbortSignal) => Promise<void>

export function callsOf(worker: Worker): StormyCall {
  return async (name, run, signal) => {
    const execute = () => {
      run()
      return {}
    }
    await worker.call({ name, isWrite: true, isConditional: false, execute }, signal)
  }
}

/** A request that S3 got. */
export interface StormyRequest {
  /** Such as `PutObject`. */
  readonly name: string
  readonly key: string
  /** Whether it writes an object. */
  readonly isObjectWrite: boolean
}

interface Watched {
  /** Called when the worker sends a request. */
  onSend?(request: StormyRequest): void
  /** Called when a request takes effect, with the answer of S3. */
  onEffect(request: StormyRequest, answer: Readonly<Record<string, unknown>>): void
}

export function s3Of(worker: Worker, bucket: FakeBucket, { onSend, onEffect }: Watched): S3Port {
  const send = (command: Parameters<FakeBucket['request']>[0], options?: { readonly abortSignal?: AbortSignal }) => {
    const name = command.constructor.name.replace(/Command$/, '')
    const { Key: key, IfMatch, IfNoneMatch } = command.input
    const execute = bucket.request(command)
    const isObjectWrite = name === 'PutObject' || name === 'CompleteMultipartUpload'
    const request = { name, key, isObjectWrite }
    onSend?.(request)
    const isWrite = !/^(?:Get|Head|List)/.test(name)
    const condition = IfMatch ?? IfNoneMatch
    const call = {
      name: `${name} ${key} ${(condition ?? '').slice(0, 8)}`,
      isWrite,
      isConditional: isObjectWrite && condition !== undefined,
      execute: () => {
        const answer = execute()
        onEffect(request, answer)
        return answer
      },
    }
    return worker.call(call, options?.abortSignal)
  }
  return { send } as unknown as S3Port
}
