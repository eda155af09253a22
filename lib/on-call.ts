/**
 * The permissions of the person on call: those for the operator's commands and the commands of docs/runbook.md, no others. It
 * deploys nothing, changes no settings, and deletes no files but those of `npm run smoke`.
 */
import { Grant, type IGrantable, type IManagedPolicy, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { nagSpelling } from './nag-spelling.ts'
import { type OperatedParts, type Permission, permissionsOf, permissionsOnSource } from './on-call-permissions.ts'
import { deployedLengthOf, MAX_POLICY_CHARACTERS } from './policy-limits.ts'

export interface OnCallProps extends OperatedParts {
  /** Whether managed policies are created, for roles that are not in the app. */
  readonly hasPolicy: boolean
}

export class OnCall extends Construct {
  /** Two, as one would be longer than IAM allows: about objects and keys, and about everything else. */
  readonly policies: readonly IManagedPolicy[]
  readonly #parts: OperatedParts
  readonly #grantees: IGrantable[] = []
  readonly #permissions: Permission[]
  readonly #ofObjects: ManagedPolicy | undefined

  constructor(scope: Construct, id: string, props: OnCallProps) {
    super(scope, id)
    this.#parts = props
    this.#permissions = permissionsOf(props)
    if (!props.hasPolicy) {
      this.policies = []
      return
    }
    const others = this.#newPolicy('Policy', (permission) => !isAboutObjects(permission))
    this.#ofObjects = this.#newPolicy('ObjectsPolicy', isAboutObjects)
    this.policies = [others, this.#ofObjects]
  }

  #newPolicy(id: string, isIncluded: (permission: Permission) => boolean): ManagedPolicy {
    const description = `Lets the person on call operate ${this.#parts.pipeline.name}: docs/runbook.md`
    const included = this.#permissions.filter(isIncluded)
    const policy = new ManagedPolicy(this, id, { description, statements: included.map(statementOf) })
    this.#acknowledge(policy, included)
    policy.node.addValidation({ validate: () => this.#tooLong(policy) })
    return policy
  }

  #tooLong({ document, node }: ManagedPolicy): string[] {
    const length = deployedLengthOf(Stack.of(this), document)
    if (length <= MAX_POLICY_CHARACTERS) return []
    return [
      `${node.path} has ${length} characters; IAM allows ${MAX_POLICY_CHARACTERS}. Leave out onCallPolicy, and use grantOperate for a role of this app`,
    ]
  }

  #acknowledge(policy: ManagedPolicy, permissions: readonly Permission[]): void {
    const reason = 'Objects and executions of one pipeline have any names; the actions on "*" accept no resource.'
    const wildcards = permissions.flatMap(({ on }) => on).map((arn) => nagSpelling(Stack.of(this).resolve(arn)))
    for (const resource of new Set(wildcards.filter((arn) => arn.includes('*')))) {
      Validations.of(policy).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason })
    }
  }

  grantTo(grantee: IGrantable): Grant {
    this.#grantees.push(grantee)
    return this.#permissions.map((permission) => granted(grantee, permission)).reduce((all, one) => all.combine(one))
  }

  /** Also for those to whom it was granted before. */
  addSourceBucket(bucket: IBucket): void {
    const added = permissionsOnSource(bucket, this.#parts.pipeline.parsed)
    if (this.#ofObjects) this.#acknowledge(this.#ofObjects, added)
    this.#permissions.push(...added)
    for (const permission of added) {
      this.#ofObjects?.addStatements(statementOf(permission))
      for (const grantee of this.#grantees) granted(grantee, permission)
    }
  }
}

function isAboutObjects({ actions }: Permission): boolean {
  return actions.every((action) => /^(s3|kms):/.test(action))
}

function statementOf({ actions, on }: Permission): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...on] })
}

function granted(grantee: IGrantable, { actions, on }: Permission): Grant {
  return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...on] })
}
