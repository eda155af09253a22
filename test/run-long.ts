/** `npm run test:long`: what takes long, and again, with all of its work, every test file that does less in `npm test`. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const HOUR_MS = 3_600_000

const filesOf = (pattern: string) => globSync(path.join(import.meta.dirname, pattern)).sort()
const doesLess = (file: string) => /\/thorough\.ts'/.test(readFileSync(file, 'utf8'))
// the longest first, so that no processor waits for the last one; `node --test` would sort them by name
const files = [...filesOf('**/*.longtest.ts'), ...filesOf('**/*.test.ts').filter(doesLess)]

process.env.TEST_EFFORT = 'thorough'
run({ files, concurrency: 2, timeout: HOUR_MS })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(spec)
  .pipe(process.stdout)
