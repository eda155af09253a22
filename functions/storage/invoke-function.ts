/** Calls a Lambda function without waiting for it. */
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda'
import { MESSAGE_LIMITS, until } from './request-limits.ts'

export type LambdaPort = Pick<LambdaClient, 'send'>

export function newLambdaClient(config: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({ requestHandler: MESSAGE_LIMITS, ...config })
}

/** @throws Error when Lambda did not accept the event */
export async function invokeLater(
  lambda: LambdaPort,
  FunctionName: string,
  event: object,
  signal?: AbortSignal,
): Promise<void> {
  const Payload = new TextEncoder().encode(JSON.stringify(event))
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }), until(signal))
}
