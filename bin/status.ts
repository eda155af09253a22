/** `npm run status -- --environment NAME`: what waits, what was given up and why. */
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { LETTER_ATTRIBUTES } from '../functions/shared/names.ts'
import { newS3Client } from '../functions/storage/s3-client.ts'
import { runCommand } from './cli/run-command.ts'
import { deploymentOf } from './operator/deployment.ts'
import { operatorOptions } from './operator/operator-options.ts'

const SHOWN_REPORTS = 20
const SHOWN_BODY_LENGTH = 300

const USAGE = 'npm run status -- --environment NAME     what waits, what was given up and why'

await runCommand(async () => {
  const values = operatorOptions(USAGE, { environment: { type: 'string' } })
  if (!values) return
  const { stackName, bucket, failurePrefix, arrivalsQueueUrl, deadLetterQueueUrl } = await deploymentOf(
    values.environment,
  )
  const sqs = new SQSClient()
  const count = async (QueueUrl: string) => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    )
    return AttributeNames.map((name) => Number(Attributes?.[name] ?? 0)) as [number, number]
  }
  const [waiting, working] = await count(arrivalsQueueUrl)
  const [deadLetters, looked] = await count(deadLetterQueueUrl)
  console.log(`${stackName}\n  ${waiting} files wait, ${working} are worked on, ${deadLetters + looked} dead letters`)

  const peek = new ReceiveMessageCommand({
    QueueUrl: deadLetterQueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 1,
    MessageAttributeNames: ['All'],
  })
  const { Messages = [] } = await sqs.send(peek)
  for (const { MessageId, MessageAttributes, Body } of Messages) {
    const said = (name: string) => MessageAttributes?.[name]?.StringValue
    const why = said(LETTER_ATTRIBUTES.code)
    const reason = why ? `${why}: ${said(LETTER_ATTRIBUTES.reason)}` : 'it failed five times'
    console.log(`  dead letter ${MessageId}: ${reason}\n    ${Body?.slice(0, SHOWN_BODY_LENGTH)}`)
  }

  const s3 = newS3Client()
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: failurePrefix }))
  const latest = Contents.toSorted((a, b) => Number(b.LastModified) - Number(a.LastModified)).slice(0, SHOWN_REPORTS)
  for (const { Key, LastModified } of latest) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    const { code, reason, source } = JSON.parse(await Body!.transformToString())
    console.log(`  ${LastModified?.toISOString()} ${source.key}\n    ${code}: ${reason}`)
  }
  if (latest.length === 0) console.log('  no failure reports')
})
