/**
 * `npm run test:trino`: the tests that need Trino, the engine of Athena, which runs in its own process. Needs Java 25
 * and Maven, which downloads about 400 MB the first time. The tests of polars and pyarrow need PYTHON, a Python that has both.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** That Trino 483 is built for. */
const JAVA_VERSION = 25

/** @returns why Trino cannot be started, if it cannot */
function problemOf(javaHome: string | undefined): string | undefined {
  if (!javaHome) return `it needs a JDK ${JAVA_VERSION} or later: JAVA_HOME has to name its folder`
  const { stderr, error } = spawnSync(path.join(javaHome, 'bin', 'java'), ['-version'], { encoding: 'utf8' })
  if (error) return `JAVA_HOME is ${javaHome}, where no bin/java can be started; it has to name a JDK ${JAVA_VERSION}`
  const version = /version "(\d+)/.exec(stderr)?.[1]
  if (!(Number(version) >= JAVA_VERSION)) {
    return `JAVA_HOME is ${javaHome}, which is Java ${version}; Trino needs ${JAVA_VERSION} or later`
  }
  if (spawnSync('mvn', ['--version']).error) return 'it needs Maven: no mvn is in the PATH'
  return undefined
}

/** The class path of the jars of pom.xml and their dependencies. */
function classPath(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-trino-'))
  try {
    const [pom, list] = [fileURLToPath(new URL('./pom.xml', import.meta.url)), path.join(folder, 'classpath')]
    const args = ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${list}`]
    const { status } = spawnSync('mvn', args, { stdio: ['ignore', 'inherit', 'ignore'] })
    if (status !== 0) throw new Error('Maven cannot get Trino; what it says is above')
    return readFileSync(list, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function main(): number {
  const problem = problemOf(process.env.JAVA_HOME)
  if (problem) {
    console.error(`test:trino cannot run: ${problem}`)
    return 1
  }
  const env = { ...process.env, TRINO_CLASS_PATH: classPath() }
  // one Trino at a time: each takes up to 2 GB
  const args = ['--test', '--test-concurrency=1', ...globSync('test/trino/*.trinotest.ts')]
  return spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1
}

process.exitCode = main()
