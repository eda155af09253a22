import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { eventParser, telemetryFlush, workDeadline, workingMs } from '../../functions/lambda/middlewares.ts'
import { processTiming } from '../../functions/lambda/timing.ts'
import { sqsEvent } from '../fakes/lambda.ts'

const context = (remainingMs: number) => ({ getRemainingTimeInMillis: () => remainingMs }) as Context
const quiet = { timeoutEarlyInMillis: 0 }

describe('the telemetry', () => {
  it('is flushed last, whether the work ends or fails', async () => {
    const steps: string[] = []
    const other = { after: () => void steps.push('after'), onError: () => void steps.push('error') }
    const handler = middy(quiet)
      .use(telemetryFlush({ flush: () => void steps.push('flush') }))
      .use(other)
      .handler(async (event: unknown) => {
        if (event === 'bad') throw new Error('bad')
        return 'done'
      })
    assert.equal(await handler('good', context(1000)), 'done')
    await assert.rejects(handler('bad', context(1000)), /bad/)
    assert.deepEqual(steps, ['after', 'flush', 'error', 'flush'])
  })
})

describe('the event', () => {
  const handler = middy(quiet)
    .use(eventParser())
    .handler(async (deliveries: unknown) => deliveries)

  it('is parsed into deliveries', async () => {
    const deliveries = (await handler(sqsEvent([{}, {}]), context(1000))) as { message: { id: string } }[]
    assert.deepEqual(
      deliveries.map(({ message }) => message.id),
      ['m0', 'm1'],
    )
  })
})

describe('the deadline', () => {
  it('leaves five seconds to give up, or a quarter of a short time, in whole milliseconds', () => {
    assert.deepEqual([60_000, 20_000, 10_001, 400, 0, -5].map(workingMs), [55_000, 15_000, 7500, 300, 0, 0])
  })

  it('is that of the invocation', async () => {
    const handler = middy(quiet)
      .use(workDeadline(processTiming))
      .handler(async (_event: unknown, { deadline }: Context & { deadline?: AbortSignal }) => {
        await new Promise((resolve) => deadline!.addEventListener('abort', resolve))
        return (deadline!.reason as Error).name
      })
    assert.equal(await handler({}, context(40)), 'TimeoutError')
  })

  it('is over from the start when no time is left', async () => {
    const handler = middy(quiet)
      .use(workDeadline(processTiming))
      .handler(async (_event: unknown, { deadline }: Context & { deadline?: AbortSignal }) => deadline!.aborted)
    assert.equal(await handler({}, context(0)), true)
  })
})
