/**
 * Completion for shells: `complete SHELL` prints a script that calls `complete -- WORDS` for the words after the program's name,
 * the last of which is being typed. Where it prints nothing, the shell offers names of files.
 */
import type { Command } from 'commander'
import { NEW_COLUMN_WORDS } from '../../functions/enrich/chosen-columns.ts'
import { CODEC_CHOICES, CONFLICTS, KEEP, ZERO_PRICES } from '../../functions/enrich/settings.ts'
import { DEFINITIONS } from '../../functions/market/supertrend.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'

const BASH = `_parquet_supertrend() {
  # bash splits at = and :, which belong to words here
  local line="\${COMP_LINE:0:COMP_POINT}" words
  read -r -a words <<< "$line"
  [[ "$line" == *' ' ]] && words+=('')
  local IFS=$'\\n' current="\${words[-1]}"
  COMPREPLY=($(parquet-supertrend complete -- "\${words[@]:1}" 2> /dev/null))
  # what is before the last = or : is on the line already
  local before="\${current%"\${current##*[=:]}"}"
  [[ "$COMP_WORDBREAKS" == *=* ]] && COMPREPLY=("\${COMPREPLY[@]#"$before"}")
}
complete -o default -F _parquet_supertrend parquet-supertrend`

const ZSH = `_parquet_supertrend() {
  local -a found
  found=("\${(@f)$(parquet-supertrend complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _parquet_supertrend parquet-supertrend`

const FISH = `function __parquet_supertrend
    set -l words (commandline -opc) (commandline -ct)
    set -l found (parquet-supertrend complete -- $words[2..] 2> /dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c parquet-supertrend -e
complete -c parquet-supertrend -f -a '(__parquet_supertrend)'`

const POWERSHELL = `Register-ArgumentCompleter -Native -CommandName parquet-supertrend -ScriptBlock {
  param($word, $line, $position)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  parquet-supertrend complete -- @words
}`

const SHELL_SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL }

/** @throws RefusedError `settings` for another shell */
export function completionScript(shell: string): string {
  const script = Object.hasOwn(SHELL_SCRIPTS, shell) ? SHELL_SCRIPTS[shell] : undefined
  if (script !== undefined) return `${script}\n`
  const allowed = Object.keys(SHELL_SCRIPTS).join(', ')
  throw new RefusedError('settings', `there is no completion for ${quoted(shell)}; allowed are ${allowed}`)
}

/** The values of options that take one of a few. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--definition': DEFINITIONS,
  '--codec': CODEC_CHOICES,
  '--keep': KEEP,
  '--conflicts': CONFLICTS,
  '--zero-prices': ZERO_PRICES,
  '--read-back': ['off', 'on'],
  '--symbol-column': ['none'],
}

/** @param words typed after the name of the program; the last one may be empty or incomplete */
export function completions(program: Command, words: readonly string[]): string[] {
  const current = words.at(-1) ?? ''
  const named = (name: string | undefined) => program.commands.find((command) => command.name() === name)
  const command = words.length > 1 ? named(words[0]) : undefined
  const starting = (all: readonly string[]) => all.filter((word) => word.startsWith(current))
  if (words.length <= 1 && !current.startsWith('-')) return starting(program.commands.map((each) => each.name()))
  if (words[0] === 'help') return starting(program.commands.map((each) => each.name()))
  if (words[0] === 'complete') return starting(Object.keys(SHELL_SCRIPTS))
  if (!command && words.length > 1) return []
  const [option, value] = current.startsWith('--') && current.includes('=') ? current.split('=', 2) : []
  if (option !== undefined) return optionValues(option, value!).map((found) => `${option}=${found}`)
  const before = (command ?? program).options.find(({ long, short }) => [long, short].includes(words.at(-2) ?? ''))
  if (before && takesValue(before)) return optionValues(before.long ?? '', current)
  if (!current.startsWith('-')) return []
  const flags = (command ?? program).options.flatMap(({ long, hidden }) => (hidden ? [] : (long ?? [])))
  return starting([...flags, '--help'])
}

function takesValue({ required, optional }: Command['options'][number]): boolean {
  return required || optional
}

function optionValues(option: string, typed: string): string[] {
  if (option !== '--columns') return (VALUES[option] ?? []).filter((value) => value.startsWith(typed))
  // a list: the words that it does not have yet
  const given = typed.split(',')
  const last = given.pop()!
  const others = NEW_COLUMN_WORDS.filter((word) => word.startsWith(last) && !given.includes(word))
  return others.map((word) => [...given, word].join())
}
