/**
 * `npm run test:real -- FOLDER`: enriches real market files of public repositories and lists those that are refused by the
 * rules on conflicting duplicates. We may not redistribute the files: FOLDER holds them as
 * OWNER+NAME/PATH, checked out at the commits of the list.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { RefusedError } from '../../functions/shared/errors.ts'
import { enrichBytes } from '../parquet-files.ts'

interface RealFile {
  readonly repository: string
  readonly commit: string
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly rows: number
  /** True when the file was enriched before those rules existed. */
  readonly accepted: boolean
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('say where the files are: npm run test:real -- FOLDER')
const files: RealFile[] = JSON.parse(await readFile(new URL('list.json', import.meta.url), 'utf8'))

const outcomes = new Map<string, number>()
let [missing, newlyRefused] = [0, 0]
for (const file of files) {
  const bytes = await readFile(path.join(folder, file.repository.replace('/', '+'), file.path)).catch(() => undefined)
  if (!bytes || createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
    missing++
    continue
  }
  const outcome = await outcomeOf(bytes)
  const code = outcome.split(':')[0]!
  outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
  if (file.accepted && !outcome.startsWith('enriched')) {
    newlyRefused++
    print(`newly refused: ${file.repository} ${file.path}: ${outcome}`)
  } else if (!file.accepted && outcome.startsWith('enriched')) print(`newly accepted: ${file.repository} ${file.path}`)
  else if (outcome.includes(':') && file.accepted) print(`${file.repository} ${file.path}: ${outcome}`)
}
for (const [code, count] of outcomes) print(`${code}: ${count}`)
print(`${files.length - missing} of ${files.length} files, ${newlyRefused} newly refused`)
if (missing === files.length) process.exitCode = 1

/** `enriched`, with its warnings, or the code and message of the refusal. */
async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const { quality } = await enrichBytes(bytes)
    const warnings = quality.warnings.map(({ code, message }) => `${code}: ${message}`)
    return warnings.length > 0 ? `enriched: ${warnings.join('; ')}` : 'enriched'
  } catch (error) {
    if (error instanceof RefusedError) return `${error.code}: ${error.message}`
    throw error
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
