/** Finds the code of a function: the published package contains it bundled; a source tree bundles it now. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type * as Bundle from './bundle.ts'

/** By the folder of their handler. */
export type FunctionName = Bundle.FunctionName

/** @returns the code as an asset; its hash is that of its contents, so that only a change of the code makes a deployment */
export function functionCode(name: FunctionName): Code {
  const prebuilt = fileURLToPath(new URL(`./lambda/${name}`, import.meta.url))
  if (existsSync(prebuilt)) return Code.fromAsset(prebuilt)
  // loaded only here: users of the package have no bundler
  const { bundledCode } = createRequire(import.meta.url)('./bundle.ts') as typeof Bundle
  return bundledCode(name)
}
