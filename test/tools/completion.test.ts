import { expect, it } from 'vitest'
import { explain } from '../../runner/index.ts'
import { completion, completionScript } from '../../tools/completion.ts'

const all = { setup: ['--check', '--limit'], deploy: ['--tag'] }

it('bash completes commands, and the options of a command', () => {
  expect(completionScript('bash', all)).toMatchInlineSnapshot(`
    "_cutover() {
      local words
      case \${COMP_WORDS[1]} in
        setup) words='--check --limit' ;;
        deploy) words='--tag' ;;
        *) words='setup deploy' ;;
      esac
      [ "$COMP_CWORD" -gt 1 ] || words='setup deploy'
      COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
    }
    complete -o default -F _cutover cutover
    "
  `)
})

it('zsh does', () => {
  expect(completionScript('zsh', all)).toMatchInlineSnapshot(`
    "#compdef cutover
    _cutover() {
      local -a candidates
      if (( CURRENT == 2 )); then candidates=(setup deploy)
      else case $words[2] in
        setup) candidates=(--check --limit) ;;
        deploy) candidates=(--tag) ;;
      esac; fi
      compadd -- $candidates
    }
    compdef _cutover cutover
    "
  `)
})

it('fish does', () => {
  expect(completionScript('fish', all)).toMatchInlineSnapshot(`
    "complete -c cutover -f
    complete -c cutover -n __fish_use_subcommand -a 'setup deploy'
    complete -c cutover -n '__fish_seen_subcommand_from setup' -a '--check --limit'
    complete -c cutover -n '__fish_seen_subcommand_from deploy' -a '--tag'
    "
  `)
})

it.each([
  [[], 'which shell?'],
  [['ksh'], "there is no completion for 'ksh'"],
])('%j is refused with the shells that there are', async (argv, message) => {
  const error = await completion(argv).catch((thrown: unknown) => thrown)
  expect(explain(error)).toEqual([
    message,
    'There is one for: bash, zsh, fish. For example: source <(cutover completion bash)',
  ])
})
