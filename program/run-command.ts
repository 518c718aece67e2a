import { commandLine, localInventory, runCli, startedAs, UsageError } from '../runner/index.ts'
import { playbooks } from './playbooks.ts'
import { readApp, root, settingsFile } from './settings.ts'

const isCommand = (text: string): text is keyof typeof playbooks => Object.hasOwn(playbooks, text)

/**
 * Runs `COMMAND APP [OPTIONS]` on the host that this program is on, and returns the exit status.
 * @throws UsageError for an unknown command, or an app that setup has not left on the host
 */
export async function runCommand(
  [command = '', app = '', ...argv]: readonly string[],
  write?: (text: string) => void,
): Promise<number> {
  if (!isCommand(command))
    throw new UsageError(`there is no command '${command}'`, {
      hint: `There are: ${Object.keys(playbooks).join(', ')}.`,
    })
  startedAs({ kind: 'host', app })
  const vars = readApp(app, command)
  const inventory = localInventory({
    path: settingsFile(app),
    name: process.env.CUTOVER_WHERE ?? 'localhost',
    address: vars.address,
    vars,
  })
  return runCli(playbooks[command] as never, { argv, inventory, localRoot: root, program: commandLine(command), write })
}
