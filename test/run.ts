/** `npm test`. */
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { filesToStart } from './together.ts'

run({ files: filesToStart(), concurrency: 3 })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(spec)
  .pipe(process.stdout)
