/** The program on a host: /opt/APP/deploy, rollback, status and heal start it as `cutover.mjs COMMAND APP [OPTIONS]`. */
import { commandLine, errorText, exitStatusOf, localInventory, runCli, startedAs, UsageError } from '../runner/index.ts'
import { playbooks } from './playbooks.ts'
import { readApp, root, settingsFile } from './settings.ts'

const isCommand = (text: string): text is keyof typeof playbooks => Object.hasOwn(playbooks, text)

async function main([command = '', name = '', ...argv]: readonly string[]): Promise<number> {
  if (!isCommand(command))
    throw new UsageError(`there is no command '${command}'`, {
      hint: `There are: ${Object.keys(playbooks).join(', ')}.`,
    })
  const app = readApp(name, command)
  const inventory = localInventory({
    path: settingsFile(name),
    name: process.env.CUTOVER_WHERE ?? 'localhost',
    address: app.address,
    vars: app,
  })
  startedAs({ kind: 'host', app: name })
  return runCli(playbooks[command] as never, {
    argv,
    inventory,
    localRoot: root,
    program: commandLine(command),
  })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stdout.write(errorText(error))
  process.exitCode = exitStatusOf(error)
}
