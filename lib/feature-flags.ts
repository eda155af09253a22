/** Sets the feature flags of CDK that change templates, so that a pipeline is the same in every user's app. */
import { PolicyDocument } from 'aws-cdk-lib/aws-iam'
import type { Construct, IConstruct } from 'constructs'

const PINNED = {
  // this one changes the id of a function's version
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
} as const

/** Call it before the first child is added: CDK refuses context after that. */
export function pinFeatureFlags(scope: Construct): void {
  for (const [flag, value] of Object.entries(PINNED)) scope.node.setContext(flag, value)
}

/**
 * Call it after the last child was added. The flag `minimizePolicies` merges and sorts statements; CDK reads it from the
 * stack.
 */
export function minimizePolicies(scope: IConstruct): void {
  for (const node of scope.node.findAll()) {
    // of a policy, and of a managed policy
    const { policyDocument, document = policyDocument } = node as { policyDocument?: unknown; document?: unknown }
    // an option of its constructor; CDK makes most documents itself
    if (document instanceof PolicyDocument) Object.assign(document, { minimize: true })
  }
}
