/** What cfn-lint finds in the templates and is right as it is. One that is not found any more fails the run. */
export interface Finding {
  readonly rule: string
  readonly message: string
  /** The path in the template, with `/` between its parts. */
  readonly at: string
}

interface Accepted {
  readonly rule: string
  readonly at: RegExp
  readonly reason: string
}

export const ACCEPTED: readonly Accepted[] = [
  {
    rule: 'W3005',
    at: /\/DependsOn\//,
    reason: 'CDK names a role beside its policy, which has to be there before the function is',
  },
]

export function isAccepted({ rule, at }: Finding): boolean {
  return ACCEPTED.some((accepted) => accepted.rule === rule && accepted.at.test(at))
}
