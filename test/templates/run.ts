/**
 * `npm run test:templates`: cfn-lint, which knows the schema of each resource type, on the template of each environment and
 * each optional setting. It is installed once and kept. Needs Python.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from '../parquet-files.ts'
import { pythonWith } from '../python-environment.ts'
import { ACCEPTED, type Finding, isAccepted } from './accepted.ts'
import { SETUPS } from './setups.ts'

const python = pythonWith(new URL('./requirements.txt', import.meta.url), 'templates')
const folder = temporaryFolder()
const files = SETUPS.map((setup) => {
  const file = path.join(folder, `${setup.name}.json`)
  writeFileSync(file, JSON.stringify(setup.template()))
  return file
})

/** As `cfn-lint --format json` has it. */
interface Lint {
  readonly Rule: { readonly Id: string }
  readonly Message: string
  readonly Filename: string
  readonly Location: { readonly Path: readonly (string | number)[] | null }
}

const args = ['--format', 'json', '--', ...files]
const { stdout, stderr } = spawnSync(path.join(path.dirname(python), 'cfn-lint'), args, {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
})
if (stdout === '') throw new Error(`cfn-lint said nothing but ${stderr}`)
const findings = (JSON.parse(stdout) as Lint[]).map(({ Rule, Message, Filename, Location }) => ({
  rule: Rule.Id,
  message: Message,
  template: path.basename(Filename, '.json'),
  at: (Location.Path ?? []).join('/'),
}))
const refused = findings.filter((finding) => !isAccepted(finding))
for (const { rule, message, template, at } of refused) console.log(`${template}: ${rule} ${message} (${at})`)
const isFound = ({ rule, at }: Pick<Finding, 'rule'> & { readonly at: RegExp }) =>
  findings.some((finding) => finding.rule === rule && at.test(finding.at))
const outdated = ACCEPTED.filter((accepted) => !isFound(accepted))
for (const { rule, at } of outdated) console.log(`${rule} at ${at} is accepted, and is not found any more`)
console.log(`${files.length} templates, ${findings.length} findings, ${findings.length - refused.length} accepted`)
if (refused.length + outdated.length > 0) process.exitCode = 1
