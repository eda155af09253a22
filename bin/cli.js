#!/usr/bin/env node
// The installed command. It is JavaScript, so that an older Node can report that it is too old, or start the packaged Node.
// Node does not strip types in node_modules, so a package has the compiled program in dist/.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The first version that decompresses ZSTD and, in a clone, strips types. */
const OLDEST = [22, 18]

const compiled = new URL('../dist/parquet-supertrend.js', import.meta.url)
const source = new URL('./parquet-supertrend.ts', import.meta.url)
const program = existsSync(fileURLToPath(compiled)) ? compiled : source

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  await import('./compile-cache.js')
  await import(program.href)
} else {
  const node = packagedNode()
  if (node === undefined) {
    process.stderr.write(`error: Node ${process.version} is too old; allowed is ${OLDEST.join('.')} or later\n`)
    process.exit(1)
  }
  const cache = pathToFileURL(fileURLToPath(new URL('./compile-cache.js', import.meta.url))).href
  const args = ['--max-semi-space-size=1', '--import', cache, fileURLToPath(program), ...process.argv.slice(2)]
  handOver(spawn(node, args, { stdio: 'inherit' }))
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
