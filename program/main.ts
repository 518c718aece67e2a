/** The program on a host: /opt/APP/deploy, rollback, finish, status, heal, backup and restore start it as `cutover.mjs COMMAND APP [OPTIONS]`. */
import { printingErrors } from '../runner/index.ts'
import { runCommand } from './run-command.ts'

process.exitCode = await printingErrors(
  () => runCommand(process.argv.slice(2)),
  (text) => void process.stdout.write(text),
)
