/** Where the code of a function comes from: a package brings it, the sources bundle it. Nobody has to say which. */
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
  // only here: users of the package have no bundler
  const { bundledCode } = createRequire(import.meta.url)('./bundle.ts') as typeof Bundle
  return bundledCode(name)
}
