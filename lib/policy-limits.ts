/** Refuses policies that IAM would not attach to a role, which happens with many source buckets. CDK only warns of some. */
import type { CfnManagedPolicy, CfnPolicy } from 'aws-cdk-lib/aws-iam'
import { Stack } from 'aws-cdk-lib/core'
import type { Construct, IConstruct } from 'constructs'
import { nagSpelling } from './nag-spelling.ts'

/** Of a managed policy, without white space. */
export const MAX_POLICY_CHARACTERS = 6144
/** Of all inline policies of a role together, without white space. */
const MAX_INLINE_CHARACTERS = 10_240
/** That are attached to a role, unless the account has a higher quota. */
const MAX_MANAGED_POLICIES = 10

/** Checks all roles of the stack: that of CDK for the notifications of buckets is not below the construct. */
export function limitPolicies(construct: Construct): void {
  construct.node.addValidation({ validate: () => policyProblems(Stack.of(construct)) })
}

function policyProblems(stack: Stack): string[] {
  const inline = new Map<string, number>()
  const managed = new Map<string, number>()
  const add = (to: Map<string, number>, policy: CfnPolicy | CfnManagedPolicy, amount: number) => {
    for (const role of attachedRoles(stack, policy)) to.set(role, (to.get(role) ?? 0) + amount)
  }
  for (const each of stack.node.findAll()) {
    if (Stack.of(each) !== stack) continue
    if (isResource<CfnPolicy>(each, 'AWS::IAM::Policy')) add(inline, each, deployedLengthOf(stack, each.policyDocument))
    if (isResource<CfnManagedPolicy>(each, 'AWS::IAM::ManagedPolicy')) add(managed, each, 1)
  }
  return [
    ...beyond(inline, MAX_INLINE_CHARACTERS, 'characters in its policies'),
    ...beyond(managed, MAX_MANAGED_POLICIES, 'managed policies'),
  ]
}

/** Not `instanceof`: an app may have installed CDK twice. */
function isResource<T>(construct: IConstruct, type: string): construct is IConstruct & T {
  return (construct as { readonly cfnResourceType?: string }).cfnResourceType === type
}

function attachedRoles(stack: Stack, { roles = [] }: CfnPolicy | CfnManagedPolicy): string[] {
  return ((stack.resolve(roles) ?? []) as unknown[]).map((role) => nagSpelling(role))
}

function beyond(amounts: ReadonlyMap<string, number>, max: number, unit: string): string[] {
  const remedy =
    "enrich fewer source buckets with this pipeline, or set via: 'eventbridge', which needs fewer permissions"
  return [...amounts]
    .filter(([, amount]) => amount > max)
    .map(([role, amount]) => `the role ${role} has ${amount} ${unit}; IAM allows ${max}; ${remedy}`)
}

/** @returns hardly less than the characters that the document has when it is deployed */
export function deployedLengthOf(stack: Stack, document: unknown): number {
  return JSON.stringify(withNames(stack.resolve(document))).length
}

/** A resolved document in which each function of CloudFormation is text, hardly longer than what it will be. */
function withNames(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withNames)
  if (typeof part !== 'object' || part === null) return part
  const [[name = ''] = [], ...others] = Object.entries(part)
  if (others.length === 0 && /^(Ref$|Fn::)/.test(name)) return nagSpelling(part)
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withNames(value)]))
}
