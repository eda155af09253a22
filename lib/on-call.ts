/**
 * The permissions of the person on call: those for the operator's commands and the commands of docs/runbook.md, no others. It
 * deploys nothing, changes no settings, and deletes no files but those of `npm run smoke`.
 */
import { Grant, type IGrantable, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { type OperatedParts, type Permission, permissionsOf, permissionsOnSource } from './on-call-permissions.ts'

export interface OnCallProps extends OperatedParts {
  /** Whether a managed policy is created, for roles that are not in the app. */
  readonly hasPolicy: boolean
}

export class OnCall extends Construct {
  readonly policy: ManagedPolicy | undefined
  readonly #parts: OperatedParts
  readonly #grantees: IGrantable[] = []
  readonly #permissions: Permission[]

  constructor(scope: Construct, id: string, props: OnCallProps) {
    super(scope, id)
    this.#parts = props
    this.#permissions = permissionsOf(props)
    if (props.hasPolicy) this.policy = this.#newPolicy()
  }

  #newPolicy(): ManagedPolicy {
    const description = `Lets the person on call operate ${this.#parts.pipeline.name}: docs/runbook.md`
    const policy = new ManagedPolicy(this, 'Policy', { description, statements: this.#permissions.map(statementOf) })
    this.#acknowledge(policy, this.#permissions)
    return policy
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
    if (this.policy) this.#acknowledge(this.policy, added)
    this.#permissions.push(...added)
    for (const permission of added) {
      this.policy?.addStatements(statementOf(permission))
      for (const grantee of this.#grantees) granted(grantee, permission)
    }
  }
}

function statementOf({ actions, on }: Permission): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...on] })
}

function granted(grantee: IGrantable, { actions, on }: Permission): Grant {
  return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...on] })
}

/** @returns a resolved ARN as cdk-nag spells it */
function nagSpelling(arn: unknown): string {
  if (typeof arn === 'string') return arn
  const [name = '', argument] = Object.entries(arn as object)[0] ?? []
  if (name === 'Fn::Join') return (argument[1] as unknown[]).map(nagSpelling).join(argument[0])
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${argument.join('.')}>`
  return JSON.stringify(arn)
}
