/** Prints the state of a deployment in sections. A section that cannot be read does not hide the others. */
import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch'
import { type LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda'
import { ListExecutionsCommand } from '@aws-sdk/client-sfn'
import { readCurrentObject } from '../../functions/storage/object-source.ts'
import { isDenied } from '../../functions/storage/source-errors.ts'
import { logLink } from '../../lib/console-links.ts'
import { mapRunCounts, type SfnPort } from './backfill.ts'
import type { Deployment } from './deployment.ts'
import { describeLetter, type Letter, MAX_LETTERS, receiveLetters } from './letters.ts'
import type { Operated } from './look-again.ts'
import { commandsToCopy } from './names.ts'
import { countMessages } from './queue-drained.ts'
import { deniedReport, type RefusedFile, refusedFiles } from './redrive.ts'
import { sequenceLines } from './sequences.ts'
import { shown } from './shown.ts'

export interface StatusClients {
  readonly cloudWatch: CloudWatchClient
  readonly lambda: LambdaClient
  readonly sfn: SfnPort
}

const SHOWN_LETTERS = 10
/** SQS keeps a letter for so long. */
const LOG_DAYS = 14
const SHOWN_REPORTS = 20

/** @returns whether every section could be read */
export async function printStatus(
  operated: Operated,
  deployment: Deployment,
  clients: StatusClients,
): Promise<boolean> {
  const { print } = operated
  print(deployment.pipelineName)
  let isWhole = true
  const sections = {
    queues: () => queueLines(operated, deployment),
    sources: () => sourceLines(clients.lambda, deployment),
    alarms: () => alarmLines(clients.cloudWatch, deployment),
    backfills: () => backfillLines(clients.sfn, deployment),
    'dead letters': () => letterLines(operated, deployment, clients.lambda),
    'refused files': () => reportLines(operated),
    sequences: () => sequenceLines(operated),
    commands: async () => [
      'commands to copy; docs/runbook.md says when:',
      ...commandsToCopy(deployment, operated.now()),
    ],
  }
  for (const [name, linesOf] of Object.entries(sections)) {
    try {
      for (const line of await linesOf()) print(`  ${line}`)
    } catch (error) {
      isWhole = false
      print(`  ${name}: cannot be read: ${shown(error instanceof Error ? error.message : String(error))}`)
    }
  }
  return isWhole
}

async function queueLines({ sqs }: Operated, deployment: Deployment): Promise<string[]> {
  const { arrivalsQueueUrl, repairsQueueUrl, deadLetterQueueUrl, sequencesQueueUrl, sequencesFailedQueueUrl } =
    deployment
  const queues = {
    arrivals: arrivalsQueueUrl,
    repairs: repairsQueueUrl,
    ...(sequencesQueueUrl !== undefined && { sequences: sequencesQueueUrl }),
    ...(sequencesFailedQueueUrl !== undefined && { 'failed sequences': sequencesFailedQueueUrl }),
  }
  const lines = await Promise.all(
    Object.entries(queues).map(async ([name, url]) => {
      const [waiting, working, delayed] = await countMessages(sqs, url)
      return `${name}: ${waiting} wait, ${working} are worked on or tried again, ${delayed} are delayed`
    }),
  )
  const [visible, hidden] = await countMessages(sqs, deadLetterQueueUrl)
  return [...lines, `dead letters: ${visible + hidden}`]
}

/** Says whether Lambda takes messages from the queues, which somebody may have switched off. */
async function sourceLines(client: LambdaClient, { functionName }: Deployment): Promise<string[]> {
  const lines: string[] = []
  for await (const page of paginateListEventSourceMappings({ client }, { FunctionName: functionName })) {
    for (const { EventSourceArn, State, ScalingConfig, UUID } of page.EventSourceMappings ?? []) {
      const queue = EventSourceArn?.split(':').at(-1)
      lines.push(`source ${queue}: ${State}, ${ScalingConfig?.MaximumConcurrency ?? 'any number'} at a time (${UUID})`)
    }
  }
  return lines.length > 0 ? lines : ['no queue is a source of the function: no file is enriched']
}

async function alarmLines(client: CloudWatchClient, { pipelineName }: Deployment): Promise<string[]> {
  const [lines, canary]: [string[], string[]] = [[], []]
  const input = { AlarmNamePrefix: `${pipelineName}-`, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] as const }
  for await (const page of paginateDescribeAlarms({ client }, { ...input, AlarmTypes: [...input.AlarmTypes] })) {
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
      const { AlarmName = '', StateValue, StateUpdatedTimestamp, AlarmDescription } = alarm
      // another pipeline may have a name that begins with this one and a hyphen
      if (AlarmName.slice(input.AlarmNamePrefix.length).includes('-')) continue
      const since = `since ${StateUpdatedTimestamp?.toISOString()}`
      // the lines after the first are links into the console
      if (StateValue === 'ALARM') lines.push(`ALARM ${AlarmName} ${since}: ${AlarmDescription?.split('\n')[0]}`)
      if (AlarmName === `${pipelineName}-Canary`) canary.push(`canary: ${StateValue} ${since}`)
    }
  }
  return [...(lines.length > 0 ? lines : ['no alarm']), ...(canary.length > 0 ? canary : ['no canary'])]
}

async function backfillLines(sfn: SfnPort, { backfillArn }: Deployment): Promise<string[]> {
  const running = new ListExecutionsCommand({ stateMachineArn: backfillArn, statusFilter: 'RUNNING', maxResults: 100 })
  const { executions = [] } = await sfn.send(running)
  if (executions.length === 0) return ['no backfill is sending keys']
  return Promise.all(
    executions.map(async ({ executionArn = '', startDate }) => {
      const { succeeded, total, failed } = await mapRunCounts(sfn, executionArn)
      const counts = `${succeeded} of ${total} keys sent, ${failed} not`
      return `backfill ${executionArn} since ${startDate?.toISOString()}: ${counts}`
    }),
  )
}

async function letterLines({ sqs }: Operated, deployment: Deployment, lambda: LambdaClient): Promise<string[]> {
  const letters = await receiveLetters(sqs, deployment.deadLetterQueueUrl)
  if (letters.length === 0) return []
  const counts = countBy(letters.map(({ code }) => code ?? 'failed for hours'))
  const more = letters.length >= MAX_LETTERS ? ' of the first 1,000' : ''
  const region = await lambda.config.region()
  const describe = (letter: Letter) => [describeLetter(letter), ...logLinks(letter, deployment, region)]
  return [`dead letters${more}: ${counts}`, ...letters.slice(0, SHOWN_LETTERS).flatMap(describe)]
}

/** @returns a link for each key of the letter: the log of the function about it, while SQS kept the letter */
function logLinks({ objects }: Letter, { outputs }: Deployment, region: string): string[] {
  const logGroup = outputs.get('LogGroupName')
  if (logGroup === undefined) return []
  return objects.map(({ key }) => {
    const text = `filter key=${JSON.stringify(key)}|sort @timestamp desc`
    return `  ${logLink(region, { logGroup, text, days: LOG_DAYS })}`
  })
}

async function reportLines(operated: Operated): Promise<string[]> {
  const codes: string[] = []
  const denied: string[] = []
  let latest: RefusedFile[] = []
  for await (const file of refusedFiles(operated, (reportKey) => denied.push(deniedReport(reportKey)))) {
    codes.push(file.code)
    latest.push(file)
    if (latest.length >= 2 * SHOWN_REPORTS) latest = newest(latest)
  }
  if (codes.length === 0) return denied.length === 0 ? ['no refused files'] : denied
  const lines = await Promise.all(newest(latest).map((file) => describeReport(operated, file)))
  return [`refused files: ${countBy(codes)}`, ...lines, ...denied]
}

function newest(files: readonly RefusedFile[]): RefusedFile[] {
  return files.toSorted((a, b) => Number(b.reportedAt) - Number(a.reportedAt)).slice(0, SHOWN_REPORTS)
}

async function describeReport({ s3, bucket }: Operated, { key, code, reportKey, reportedAt }: RefusedFile) {
  const report = await readCurrentObject(s3, { bucket, key: reportKey }).catch((error) => {
    if (!isDenied(error)) throw error
    return error as Error
  })
  if (report instanceof Error) return deniedReport(reportKey)
  if (!report) return `${shown(key)}: its report has just gone`
  const { reason } = JSON.parse(Buffer.from(report).toString())
  return `${reportedAt.toISOString()} ${shown(key)}\n    ${code}: ${shown(String(reason))}`
}

/** The most frequent first. */
function countBy(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const parts = [...counts].toSorted(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`)
  return `${names.length} (${parts.join(', ')})`
}
