/** Finds the code of a function: the published package contains it bundled; a source tree bundles it now. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda'
import { AssetHashType, DockerImage } from 'aws-cdk-lib/core'
import type * as Bundle from './bundle.ts'

/** By the folder of their handler. */
export type FunctionName = Bundle.FunctionName

/** @returns the code as an asset; its hash is that of its contents, so that only a change of the code makes a deployment */
export function functionCode(name: FunctionName): Code {
  const prebuilt = fileURLToPath(new URL(`./lambda/${name}`, import.meta.url))
  return existsSync(prebuilt) ? Code.fromAsset(prebuilt) : bundledCode(name)
}

function bundledCode(name: FunctionName): AssetCode {
  const program = fileURLToPath(new URL('../bin/bundle.ts', import.meta.url))
  // CDK caches one bundle per folder, so each function needs its own folder
  return Code.fromAsset(fileURLToPath(new URL(`../functions/${name}`, import.meta.url)), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // never pulled: bundling on this machine always succeeds or throws
      image: DockerImage.fromRegistry('unused'),
      local: {
        tryBundle: (folder) => {
          // a process, because CDK waits for no promise
          execFileSync(process.execPath, [program, name, folder], { stdio: 'inherit' })
          return true
        },
      },
    },
  })
}
