/** What to look at when an alarm goes off: links into the console, as many as its description has room for. */
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { type CfnElement, Stack, Token } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { alarmLink, logLink, queueLink } from './console-links.ts'

/** CloudWatch refuses a longer description. */
export const MAX_DESCRIPTION_LENGTH = 1024

const FAILURES = 'fields @timestamp,key,error.message|filter outcome="failed"|sort @timestamp desc'
const REFUSALS = 'fields @timestamp,key,code,reason|filter outcome="refused"|sort @timestamp desc'
const ERRORS = 'filter level="ERROR"|sort @timestamp desc'
const SLOWEST = 'fields @timestamp,key,elapsedMs,peakMemoryMiB|filter outcome="enriched"|sort elapsedMs desc'
const ENDED = 'filter type="platform.report" and record.status!="success"|sort @timestamp desc'
const BY_KEY = 'filter outcome="enriched"|stats count() as files by key|sort files desc'
const NOT_WRITTEN = 'filter message like "is missing"|sort @timestamp desc'
const LATEST = 'sort @timestamp desc'

/** The query that the section of an alarm in the runbook begins with, and whose log it asks. */
const ALARM_QUERIES: Readonly<Record<string, readonly [log: keyof AlarmLogs, text: string]>> = {
  DeadLetters: ['enrichment', FAILURES],
  Failing: ['enrichment', FAILURES],
  OldestMessage: ['enrichment', FAILURES],
  OldestRepair: ['enrichment', FAILURES],
  Errors: ['enrichment', ERRORS],
  Recursion: ['enrichment', BY_KEY],
  SequenceStuck: ['enrichment', FAILURES],
  SequenceFailing: ['enrichment', FAILURES],
  SequenceFailed: ['enrichment', ERRORS],
  Refused: ['enrichment', REFUSALS],
  Duration: ['enrichment', SLOWEST],
  Memory: ['enrichment', SLOWEST],
  Unsuccessful: ['enrichment', ENDED],
  OutOfMemory: ['enrichment', ENDED],
  SecondaryFailed: ['enrichment', NOT_WRITTEN],
  Canary: ['canary', LATEST],
  Audit: ['audit', LATEST],
  AuditFailed: ['audit', LATEST],
  AuditIncomplete: ['audit', LATEST],
}

/** Whose receivers have to look at the dead letters, too. */
const WITH_DEAD_LETTERS = ['DeadLetters', 'Failing', 'Errors', 'NotEnriching']

interface AlarmLogs {
  readonly enrichment: ILogGroup
  readonly audit: ILogGroup
  readonly canary?: ILogGroup
}

export interface AlarmLinksProps {
  /** Of the pipeline. */
  readonly name: string
  readonly logs: AlarmLogs
  readonly deadLettersName: string
}

export class AlarmLinks {
  readonly #stack: Stack
  readonly #props: AlarmLinksProps

  constructor(scope: Construct, props: AlarmLinksProps) {
    this.#stack = Stack.of(scope)
    this.#props = props
  }

  /** @returns the text, and a line for each link that still fits; the alarm itself first */
  describe(id: string, text: string): string {
    const { region, account } = this.#stack
    const { name, logs, deadLettersName } = this.#props
    const [log, query] = ALARM_QUERIES[id] ?? []
    const logGroup = log && logs[log]
    const lines = [`Alarm: ${alarmLink(region, `${name}-${id}`)}`]
    if (logGroup && query) {
      lines.push(`Log: ${logLink(region, { logGroup: logGroup.logGroupName, text: query, days: 1 })}`)
    }
    if (WITH_DEAD_LETTERS.includes(id)) lines.push(`Dead letters: ${queueLink(region, account, deadLettersName)}`)
    let described = text
    for (const line of lines) {
      const longer = `${described}\n${line}`
      if (this.#lengthOf(longer) <= MAX_DESCRIPTION_LENGTH) described = longer
    }
    return described
  }

  /** The most that a text is long after deployment, when its region, account and log group are known. */
  #lengthOf(text: string): number {
    const { logs } = this.#props
    const { region, account } = this.#stack
    const lengths = new Map([
      [region, LONGEST_REGION],
      [account, ACCOUNT_LENGTH],
      ...Object.values(logs).map((log: ILogGroup) => [log.logGroupName, this.#nameLengthOf(log)] as const),
    ])
    let length = text.length
    for (const [token, resolved] of lengths) length += (text.split(token).length - 1) * (resolved - token.length)
    return length
  }

  /** CloudFormation names it STACK-LOGICALID-RANDOM. */
  #nameLengthOf({ node }: ILogGroup): number {
    const { stackName } = this.#stack
    const stack = Token.isUnresolved(stackName) ? LONGEST_STACK_NAME : stackName.length
    const resource = this.#stack.resolve((node.defaultChild as CfnElement).logicalId) as string
    return stack + resource.length + RANDOM_PART
  }
}

/** ap-southeast-1 has 14; new ones were not longer. */
const LONGEST_REGION = 14
const ACCOUNT_LENGTH = 12
const LONGEST_STACK_NAME = 128
/** A hyphen before the logical id, another one behind it, and 12 characters. */
const RANDOM_PART = 14
