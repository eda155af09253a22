/** The commands of docs/runbook.md, run by a shell as an operator pastes them. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { AwsCli } from '../aws-cli/aws-cli.ts'
import { codeBlocks } from '../readme/code-blocks.ts'
import { readDocument, root } from '../readme/documents.ts'

/** Commands that are run elsewhere, by their beginning. */
const ELSEWHERE: readonly (readonly [beginning: string, where: string])[] = [
  ['npm run alarm-test ', 'test/bin/operator/alarm-test.test.ts: the emulator rings no alarm'],
  ['aws sqs get-queue-attributes --queue-url "$SEQUENCES"', 'snippets.test.ts: the stack carries nothing'],
  ['aws sqs start-message-move-task ', 'snippets.test.ts: the emulator moves no messages'],
  ['git checkout ', 'by hand, before a release'],
  ['npm ci', 'CI, in a clean clone'],
  ['npx cdk deploy ', 'deployment.deploytest.ts'],
]

/** @returns the blocks of the page, each a script, about the environment `local` */
export function runbookScripts(): string[] {
  const blocks = codeBlocks(readDocument('docs/runbook.md')).filter(({ language }) => language === 'sh')
  const isHere = (line: string) => !ELSEWHERE.some(([beginning]) => line.startsWith(beginning))
  const scripts = blocks.map(({ text }) => text.split('\n').filter(isHere).join('\n').trim())
  return scripts
    .filter((script) => script !== '')
    .map((script) => script.replace('--environment prod', '--environment local'))
}

export interface Shell {
  /** Where the commands write their files. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** What the command `aws` runs. */
  readonly cli: AwsCli
}

/** @returns what it prints; it ends at the first command that fails */
export async function runScript(script: string, { folder, environment, cli }: Shell): Promise<string> {
  // the commands of this project are run from its folder, and write nothing there
  const npm = `npm() { command npm --prefix '${root}' "$@"; }`
  // version 1 of the AWS CLI has an endpoint of its own for SQS
  const aws = `aws() { ${cli.command.map((word) => `'${word}'`).join(' ')} --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }`
  const PATH = [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter)
  const env = { ...process.env, ...environment, PATH, AWS_PAGER: '' }
  try {
    const { stdout } = await promisify(execFile)('bash', ['-euc', `${npm}\n${aws}\n${script}`], {
      cwd: folder,
      env,
      maxBuffer: 2 ** 26,
    })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${script}\nfailed: ${stdout}${stderr}`, { cause: error })
  }
}
