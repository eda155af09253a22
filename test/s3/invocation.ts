/**
 * One invocation of the function as a process of its own: `node invocation.ts '{"event": ..., "killAfter": 3}'`. Prints
 * what became of it as JSON; with `killAfter` it ends without a word after so many answers of S3.
 */
import type { Context } from 'aws-lambda'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { createHandler } from '../../functions/lambda/handler.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import { newS3Client, type S3Port } from '../../functions/storage/s3-client.ts'

export interface Invocation {
  readonly event: unknown
  readonly killAfter?: number
}

export interface InvocationResult {
  readonly answer: unknown
  readonly files: FileRecord[]
  readonly requests: { readonly name: string; readonly uploadedBytes: number }[]
  readonly deadLetters: unknown[]
}

const { event, killAfter }: Invocation = JSON.parse(process.argv[2]!)
const client = newS3Client({ forcePathStyle: true })
const requests: InvocationResult['requests'] = []
let answers = 0
const send = async (command: { readonly input: { readonly Body?: Uint8Array } }, options: object) => {
  requests.push({ name: command.constructor.name, uploadedBytes: command.input.Body?.length ?? 0 })
  const answer = await (client.send as (command: object, options: object) => Promise<unknown>)(command, options)
  if (++answers === killAfter) process.kill(process.pid, 'SIGKILL')
  return answer
}
const files: FileRecord[] = []
const deadLetters: unknown[] = []
const handler = createHandler({
  s3: { send } as unknown as S3Port,
  environment: {
    settings: parseSettings({}, 512),
    bucket: undefined,
    deployment: { stack: 'stack', number: 1 },
  },
  queue: {
    retryIn: async () => {},
    send: async () => {},
    sendMany: async () => {},
    giveUp: async (body, attributes) => {
      deadLetters.push({ body, attributes })
    },
  },
  telemetry: { start: () => {}, record: (file) => files.push(file), flush: () => {} },
})
const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 120_000 } as Context
const answer = await handler(event, context)
const result: InvocationResult = { answer, files, requests, deadLetters }
process.stdout.write(JSON.stringify(result))
client.destroy()
