/** The tables of options and settings, made from the definitions that the program itself uses. */
import * as z from 'zod'
import { MARKET_OPTIONS } from '../../bin/cli/market-options.ts'
import { settingsSchema } from '../../functions/lambda/settings-schema.ts'

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

export function optionsTable(): string {
  const rows = MARKET_OPTIONS.map(([flags, meaning, byDefault]) => [`\`${flags}\``, meaning, String(byDefault ?? '')])
  return table([['option', '', 'default'], ['---', '---', '---'], ...rows])
}

interface JsonSchema {
  readonly default?: unknown
  readonly description?: string
  readonly enum?: readonly string[]
}

export function settingsTable(): string {
  const { properties } = z.toJSONSchema(settingsSchema, { io: 'input' }) as { properties: Record<string, JsonSchema> }
  const rows = Object.entries(properties).map(([name, { default: byDefault, description = '', enum: allowed }]) => [
    `\`${name}\``,
    byDefault === undefined ? '' : `\`${typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault)}\``,
    [description, allowed?.join(', ')].filter((part) => part).join(': '),
  ])
  return table([['setting', 'default', ''], ['---', '---', '---'], ...rows])
}
