/** The parts of README.md and docs that the program makes; `npm run docs` writes them, and a test compares. */
import { sampleFile } from '../../bin/local/sample.ts'
import { readDocument } from './documents.ts'
import { runExample, SAMPLE_PATH } from './example.ts'
import { replaceSection } from './sections.ts'
import { optionsTable, settingsTable } from './tables.ts'

/** @returns files as they must be, by their path from the root of the repository */
export async function generatedFiles(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const readme = readDocument('README.md')
  const { printed, rows } = await runExample(readme)
  return new Map<string, string | Uint8Array>([
    [SAMPLE_PATH, sampleFile()],
    ['README.md', replaceSection(replaceSection(readme, 'npm run docs: example', printed), 'npm run docs: rows', rows)],
    withTable('docs/command-line.md', 'npm run docs: options', optionsTable()),
    withTable('docs/deployment.md', 'npm run docs: settings', settingsTable()),
  ])
}

function withTable(name: string, section: string, table: string): [string, string] {
  return [name, replaceSection(readDocument(name), section, table)]
}
