/**
 * What the Node.js runtime of Lambda does, over the same API: loads the handler of the bundle, then takes one invocation
 * after the other. Run with the variables that Lambda sets.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const [file, name] = _HANDLER.split('.')

const send = (where, value) =>
  fetch(`${api}/${where}`, { method: 'POST', body: JSON.stringify(value ?? null) }).then((answer) => answer.text())
const described = (error) => ({ errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) })

let handler
try {
  handler = (await import(pathToFileURL(path.join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href))[name]
} catch (error) {
  await send('init/error', described(error))
  throw error
}
for (;;) {
  const next = await fetch(`${api}/invocation/next`)
  const requestId = next.headers.get('lambda-runtime-aws-request-id')
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'))
  const event = await next.json()
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    await send(`invocation/${requestId}/response`, await handler(event, context))
  } catch (error) {
    await send(`invocation/${requestId}/error`, described(error))
  }
}
