/** Refusals at the synthesis name the construct that they are about: an app may have several pipelines. */
import type { Construct } from 'constructs'
import { RefusedError } from '../functions/shared/errors.ts'

/** @throws RefusedError that of `act`, with the path of the construct before its message */
export function namingRefusals<T>({ node }: Construct, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    throw new RefusedError(error.code, `${node.path}: ${error.message}`, { cause: error })
  }
}
