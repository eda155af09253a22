/** `npm run test:pandas`: the tests that need pandas and its two engines, which are installed once and kept. Needs Python. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { pythonWith } from '../python-environment.ts'

const env = { ...process.env, PYTHON: pythonWith(new URL('../readers/requirements.txt', import.meta.url), 'readers') }
const files = globSync('test/**/*.pandastest.ts')
const { status } = spawnSync(process.execPath, ['--test', ...files], { env, stdio: 'inherit' })
process.exitCode = status ?? 1
