/**
 * The rules of the commit protocol, each with the line of the source that it is made of and what the line would be without
 * it. A storm that runs without a rule has to end wrong.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { DELIVERY_RULES } from './delivery-rules.ts'
import { LOOK_RULES } from './look-rules.ts'
import type { Rule } from './rule.ts'
import { SECONDARY_RULES } from './secondary-rules.ts'
import { WRITE_RULES } from './write-rules.ts'

/** By a short name. The order is that of docs/decisions/commit-protocol.md. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...LOOK_RULES,
  ...WRITE_RULES,
  ...SECONDARY_RULES,
  ...DELIVERY_RULES,
}

const functionsFolder = new URL('../../../../functions/', import.meta.url)

/** @returns the source of a rule's file as it would be without the rule */
export function sourceWithout({ file, is, without }: Rule): string {
  const source = readFileSync(new URL(file, functionsFolder), 'utf8')
  if (source.split(is).length !== 2) throw new Error(`${file} does not have exactly one "${is}"`)
  return source.replace(is, () => without)
}

/** Modules that are loaded from now on lack the rule. */
export function takeAway(name: string, rules: Readonly<Record<string, Rule>> = RULES): void {
  const rule = rules[name]
  if (!rule) throw new Error(`there is no rule "${name}"; there are ${Object.keys(rules).join(', ')}`)
  const { href } = new URL(rule.file, functionsFolder)
  const source = sourceWithout(rule)
  registerHooks({
    load: (url, context, next) => ({ ...next(url, context), ...(url === href && { source }) }),
  })
}
