/**
 * `npm run test:long`: what takes long, and again, with all of its work, every test file that does less in `npm test`.
 * `-- --all` adds the other test files: what CI needs of both, with no file run twice.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const HOUR_MS = 3_600_000

const filesOf = (pattern: string) =>
  globSync(pattern, { cwd: import.meta.dirname, exclude: ['**/node_modules/**'] })
    .map((file) => path.join(import.meta.dirname, file))
    .sort()
const doesLess = (file: string) => /\/thorough\.ts'/.test(readFileSync(file, 'utf8'))
const [long, short] = [filesOf('**/*.longtest.ts'), filesOf('**/*.test.ts')]

async function runTests(files: string[]): Promise<void> {
  const tests = run({ files, concurrency: 2, timeout: HOUR_MS }).on('test:fail', () => {
    process.exitCode = 1
  })
  const report = tests.compose(spec)
  report.pipe(process.stdout)
  await finished(report)
}

process.env.TEST_EFFORT = 'thorough'
// the longest first, so that no processor waits for the last one; `node --test` would sort them by name
await runTests([...long, ...short.filter(doesLess)])
if (process.argv.includes('--all')) {
  // for these, thorough means no more than a process for each command
  delete process.env.TEST_EFFORT
  await runTests(short.filter((file) => !doesLess(file)))
}
