/** `npm run test:deploy`: the real app on an AWS emulator. Needs Python for the emulator; some minutes. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { pythonTools } from './tools.ts'

pythonTools()
const files = globSync('test/**/*.deploytest.ts')
const { status } = spawnSync(process.execPath, ['--import', './test/compile-cache.js', '--test', ...files], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
