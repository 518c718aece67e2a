/** The program on a host: /opt/APP/deploy, rollback, status and heal start it as `cutover.mjs COMMAND APP [OPTIONS]`. */
import { errorText, exitStatusOf, localInventory, runCli, UsageError } from '../runner/index.ts'
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
  process.env.CUTOVER_COMMAND = `/opt/${name}/${command}`
  return runCli(playbooks[command] as never, { argv, inventory, localRoot: root })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stdout.write(errorText(error))
  process.exitCode = exitStatusOf(error)
}
