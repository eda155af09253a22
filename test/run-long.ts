/**
 * `npm run test:long`: what takes long, and again, with all of its work, every test file that does less in `npm test`.
 */
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const HOUR_MS = 3_600_000

process.env.TEST_EFFORT = 'thorough'
// it looks at the variable
const { filesToStart, LONG_FILES } = await import('./together.ts')

run({ files: filesToStart(LONG_FILES), concurrency: 2, timeout: HOUR_MS })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(spec)
  .pipe(process.stdout)
