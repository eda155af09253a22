/** `npm test`. */
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { filesToStart, TEST_FILES } from './together.ts'

run({ files: filesToStart(TEST_FILES), concurrency: 3 })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(spec)
  .pipe(process.stdout)
