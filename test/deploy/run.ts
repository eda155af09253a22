/** `npm run test:deploy`: the real app on an AWS emulator. Needs Python for the emulator; 2 to 3 minutes. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { pythonTools } from './tools.ts'

pythonTools()
const files = globSync('test/**/*.deploytest.ts')
// each has an emulator of its own, and mostly waits
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], { stdio: 'inherit' })
process.exitCode = status ?? 1
