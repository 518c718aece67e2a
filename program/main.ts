/** The program on a host: /opt/APP/deploy, rollback, status and heal start it as `cutover.mjs COMMAND APP [OPTIONS]`. */
import { errorText, exitStatusOf } from '../runner/index.ts'
import { runCommand } from './run-command.ts'

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  process.stdout.write(errorText(error))
  process.exitCode = exitStatusOf(error)
}
