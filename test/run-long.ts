/** `npm run test:long`: what takes long, and again, with all of its work, every test file that does less in `npm test`. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const doesLess = (name: string) => /\/thorough\.ts'/.test(readFileSync(`${root}${name}`, 'utf8'))
const filesOf = (pattern: string) => globSync(pattern, { cwd: root }).sort()
// the longest first, so that no processor waits for the last one
const files = [...filesOf('test/**/*.longtest.ts'), ...filesOf('test/**/*.test.ts').filter(doesLess)]

const HOUR_MS = 3_600_000
const options = ['--import', './test/compile-cache.js', '--test', '--test-concurrency=2', `--test-timeout=${HOUR_MS}`]
const env = { ...process.env, TEST_EFFORT: 'thorough' }
const { status } = spawnSync(process.execPath, [...options, ...files], { cwd: root, env, stdio: 'inherit' })
process.exitCode = status ?? 1
