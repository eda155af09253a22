import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { commandsToCopy, shellVariables } from '../../../bin/operator/names.ts'
import { ENVIRONMENT_NAMES } from '../../../lib/environments.ts'
import { templateOf } from '../../lib/synthesised.ts'
import { codeBlocks } from '../../readme/code-blocks.ts'
import { readDocument } from '../../readme/documents.ts'

const odd = `it's "odd" $HOME \`x\``
const deployment = {
  environment: 'prod',
  options: '--environment prod',
  stackName: 'Stack-prod',
  outputs: new Map([
    ['BucketName', odd],
    ['ArrivalsSourceId', 'uuid-1'],
    ['DeadLetterQueueUrl', 'https://sqs.eu-west-1.amazonaws.com/1/stack-dead-letters'],
    ['BackfillArn', 'arn:aws:states:eu-west-1:1:stateMachine:m'],
  ]),
}

describe('the names of a deployment', () => {
  it('are missed by a shell that lacks one: the first block of the runbook says so before all others', () => {
    const [first] = codeBlocks(readDocument('docs/runbook.md')).filter(({ language }) => language === 'sh')
    assert.match(first!.text, /^set -u\neval /)
  })

  it('are variables of a shell, whatever characters they have', () => {
    const variables = shellVariables(deployment, Date.UTC(2026, 0, 2))
    const script = `${variables.join('\n')}\nprintf '%s\\n' "$ENVIRONMENT" "$STACK" "$BUCKET" "$ARRIVALS_SOURCE" "$SINCE" "$CANARY"`
    const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
    assert.equal(printed, `prod\nStack-prod\n${odd}\nuuid-1\n${Date.UTC(2026, 0, 1)}\n\n`)
  })

  it('are in the commands to copy; those that a stack does not have are left out', () => {
    const text = commandsToCopy(deployment, Date.UTC(2026, 0, 2)).join('\n')
    for (const expected of [
      'aws sqs get-queue-attributes --queue-url https://sqs.eu-west-1.amazonaws.com/1/stack-dead-letters ',
      'aws lambda update-event-source-mapping --uuid uuid-1 --no-enabled\n',
      'aws stepfunctions list-executions --state-machine-arn arn:aws:states:eu-west-1:1:stateMachine:m ',
      'npm run dead-letters -- --environment prod --show',
    ]) {
      assert.ok(text.includes(expected), expected)
    }
    assert.doesNotMatch(text, /undefined|filter-log-events|repairs/)
  })

  it('are outputs of every stack; a canary and a key have names where they are', () => {
    for (const name of ENVIRONMENT_NAMES) {
      const outputs = new Map(Object.keys(templateOf(name).findOutputs('*')).map((id) => [id, 'x']))
      const named = shellVariables({ ...deployment, outputs }, 0).map((line) => line.split('=')[0]!)
      const missing = named.length < 22 ? ['CANARY', 'CANARY_LOG', 'CANARY_RULE'] : []
      assert.equal(named.length, 22 - missing.length, `${name}: ${named}`)
      for (const each of missing) assert.ok(!named.includes(each), each)
    }
  })
})
