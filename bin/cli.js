#!/usr/bin/env node
// The installed command, and the command of a clone. It is JavaScript, so that an older Node can report that it is too old, or,
// in a clone, start the packaged Node. A package has the compiled program in dist/ and no source.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const compiled = new URL('../dist/parquet-supertrend.js', import.meta.url)
const source = new URL('./parquet-supertrend.ts', import.meta.url)
const isClone = existsSync(fileURLToPath(source))

/** The first versions that strip types, and that have crc32 and process.getBuiltinModule. */
const OLDEST = isClone ? [22, 18] : [20, 16]

// the package contains the SDK, so its advice to update Node for newer versions of the SDK does not concern a user
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  endWithLauncher()
  await import('./start.js')
  await import(isClone ? source.href : compiled.href)
} else {
  const node = isClone ? packagedNode() : undefined
  if (node === undefined) {
    process.stderr.write(`error: Node ${process.version} is too old; allowed is ${OLDEST.join('.')} or later\n`)
    process.exit(1)
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  handOver(spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }))
}

/** A launcher that is killed cannot forward that; its end of the channel closes. */
function endWithLauncher() {
  if (!process.channel) return
  process.once('disconnect', () => process.exit(1))
  process.channel.unref()
}

/**
 * Ends with the exit code of the program, and forwards signals to it.
 * @param {import('node:child_process').ChildProcess} program
 */
function handOver(program) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => program.kill(signal))
  program.on('error', (error) => {
    process.stderr.write(`error: ${program.spawnfile} cannot be run: ${error.message}\n`)
    process.exit(1)
  })
  program.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** @returns {string | undefined} */
function packagedNode() {
  try {
    const { platform, arch } = process
    const name = `node-${platform === 'win32' ? 'win' : platform}-${arch}`
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return path.join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}
