import { closestTo, commandLine, exitStatus, printingErrors, runCli, startedAs, UsageError } from '../runner/index.ts'
import { commands, isCommand } from './commands.ts'
import { localCopy } from './local-copy.ts'
import { ownPlaybook, ownPlaybooks } from './own-playbooks.ts'

/** Runs a command of `cutover` and returns the exit status of the program. */
export async function main(argv: readonly string[]): Promise<number> {
  const copy = localCopy()
  if (copy) return ((await import(copy)) as { main: typeof main }).main(argv)
  startedAs({ kind: 'command' })
  return printingErrors(() => run(argv))
}

async function run([command, ...argv]: readonly string[]): Promise<number> {
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(overview(argv))
    return command === undefined ? exitStatus.usage : exitStatus.ok
  }
  if (command === '--version' || command === 'version') {
    const { ownVersion } = await import('../tasks/version.ts')
    process.stdout.write(`${ownVersion()}\n`)
    return exitStatus.ok
  }
  if (isCommand(command)) return commands[command].run(argv)
  const book = await ownPlaybook(command, argv)
  if (book) return runCli(book, { argv, program: commandLine(command) })
  const names = [...Object.keys(commands), ...ownPlaybooks(argv)]
  const near = closestTo(command, names)
  throw new UsageError(`there is no command '${command}'`, {
    hint: near === undefined ? 'See: cutover --help' : `Did you mean: cutover ${near}`,
  })
}

function overview(argv: readonly string[]): string {
  const line = (name: string, help: string): string => `  ${name.padEnd(12)} ${help}`
  const own = ownPlaybooks(argv).filter((name) => !isCommand(name))
  return [
    'Usage: cutover COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...Object.entries(commands).map(([name, { help }]) => line(name, help)),
    ...(own.length > 0
      ? ['', 'Your own playbooks (playbooks/ beside the inventory):', ...own.map((name) => `  ${name}`)]
      : []),
    '',
    'cutover COMMAND --help tells the options of a command. cutover --version prints the version.',
    '',
  ].join('\n')
}
