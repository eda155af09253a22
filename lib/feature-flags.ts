/** Feature flags of CDK change templates. A user's app decides on its own ones; a pipeline is the same under all of them. */
import { PolicyDocument } from 'aws-cdk-lib/aws-iam'
import type { Construct, IConstruct } from 'constructs'

const PINNED = {
  // what changes the id of a version of a function
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
} as const

/** Call it before anything is added: CDK refuses context after that. */
export function pinFeatureFlags(scope: Construct): void {
  for (const [flag, value] of Object.entries(PINNED)) scope.node.setContext(flag, value)
}

/**
 * Call it after everything was added. The flag `minimizePolicies` merges and sorts statements, and is asked of the stack.
 */
export function minimizePolicies(scope: IConstruct): void {
  for (const node of scope.node.findAll()) {
    const { policyDocument } = node as { policyDocument?: unknown }
    // an option of its constructor; CDK makes most documents itself
    if (policyDocument instanceof PolicyDocument) Object.assign(policyDocument, { minimize: true })
  }
}
