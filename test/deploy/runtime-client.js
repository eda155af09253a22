/**
 * What the Node.js runtime of Lambda does, over the same API: loads the handler of the bundle, then takes one invocation
 * after the other. Run with the variables that Lambda sets.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import './record-calls.js'

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env
const root = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const [file, name] = _HANDLER.split('.')

// as the runtime has it: neither fetch nor the ES module of node:http, which loads fetch too
const http = process.getBuiltinModule('node:http')

/** @returns {Promise<{ headers: Record<string, string>, body: string }>} */
function call(where, options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${root}/${where}`, options, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString() }))
      answer.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

const send = (where, value) => call(where, { method: 'POST' }, JSON.stringify(value ?? null))
const described = (error) => ({ errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) })

let handler
try {
  handler = (await import(pathToFileURL(path.join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href))[name]
} catch (error) {
  await send('init/error', described(error))
  throw error
}
for (;;) {
  const { headers, body } = await call('invocation/next', {})
  const requestId = headers['lambda-runtime-aws-request-id']
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const event = JSON.parse(body)
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    await send(`invocation/${requestId}/response`, await handler(event, context))
  } catch (error) {
    await send(`invocation/${requestId}/error`, described(error))
  }
}
