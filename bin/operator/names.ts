/** The names of the deployed resources: as variables of a shell for the commands of docs/runbook.md, and in commands to copy. */

import { commandLine } from './command-line.ts'
import type { Deployment } from './deployment.ts'

/** Variables, and the outputs of the stack that they have the values of. */
const OUTPUT_VARIABLES = {
  PIPELINE: 'PipelineName',
  BUCKET: 'BucketName',
  INPUT: 'InputPrefix',
  OUTPUT: 'OutputPrefix',
  REPORTS: 'FailurePrefix',
  ARRIVALS: 'ArrivalsQueueUrl',
  REPAIRS: 'RepairsQueueUrl',
  DEAD_LETTERS: 'DeadLetterQueueUrl',
  FUNCTION: 'FunctionName',
  ARRIVALS_SOURCE: 'ArrivalsSourceId',
  REPAIRS_SOURCE: 'RepairsSourceId',
  SEQUENCES: 'SequencesQueueUrl',
  SEQUENCES_SOURCE: 'SequencesSourceId',
  FAILED_SEQUENCES: 'SequencesFailedQueueArn',
  BACKFILL: 'BackfillArn',
  LOG: 'LogGroupName',
  AUDIT_LOG: 'AuditLogGroupName',
  CANARY: 'CanaryFunctionName',
  CANARY_LOG: 'CanaryLogGroupName',
  CANARY_RULE: 'CanaryRuleName',
  PAGE_TOPIC: 'PageTopicArn',
  TICKET_TOPIC: 'TicketTopicArn',
  KMS_KEY: 'EncryptionKeyArn',
} as const

const LOGGED_DAY_MS = 86_400_000

type NamedDeployment = Pick<Deployment, 'environment' | 'options' | 'stackName' | 'outputs'>

/** @returns lines that a shell can evaluate; a name that a stack does not have, or an older one does not export, is left out */
export function shellVariables({ environment, stackName, outputs }: NamedDeployment, now: number): string[] {
  const known = Object.entries(OUTPUT_VARIABLES).flatMap(([variable, output]) => {
    const value = outputs.get(output)
    return value === undefined ? [] : [[variable, value] as const]
  })
  const named = environment === undefined ? [] : [['ENVIRONMENT', environment] as const]
  const all = [...named, ['STACK', stackName], ...known, ['SINCE', `${now - LOGGED_DAY_MS}`]] as const
  return all.map(([variable, value]) => `${variable}=${quotedForShell(value)}`)
}

/** @returns what docs/runbook.md does most often, each with the names of this deployment */
export function commandsToCopy(deployment: NamedDeployment, now: number): string[] {
  const { options, outputs } = deployment
  const of = (variable: keyof typeof OUTPUT_VARIABLES) => {
    const value = outputs.get(OUTPUT_VARIABLES[variable])
    return value === undefined ? undefined : quotedForShell(value)
  }
  const about = (variable: keyof typeof OUTPUT_VARIABLES, command: (value: string) => string) => {
    const value = of(variable)
    return value === undefined ? [] : [command(value)]
  }
  const attributes = (url: string) => `aws sqs get-queue-attributes --queue-url ${url} --attribute-names All`
  const source = (uuid: string) => `aws lambda update-event-source-mapping --uuid ${uuid} --no-enabled`
  const failures = `--filter-pattern '{ $.outcome = "failed" }' --start-time ${now - LOGGED_DAY_MS}`
  return [
    ...about('DEAD_LETTERS', attributes),
    ...about('ARRIVALS', attributes),
    ...about('REPAIRS', attributes),
    ...about('LOG', (log) => `aws logs filter-log-events --log-group-name ${log} ${failures}`),
    ...about('FUNCTION', (name) => `aws lambda get-function-configuration --function-name ${name}`),
    ...about('ARRIVALS_SOURCE', source),
    ...about('REPAIRS_SOURCE', source),
    ...about('SEQUENCES_SOURCE', source),
    ...about('BACKFILL', (arn) => `aws stepfunctions list-executions --state-machine-arn ${arn} --max-items 5`),
    `${commandLine('dead-letters', options)} --show`,
  ]
}

function quotedForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
