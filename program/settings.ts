import { readFileSync } from 'node:fs'
import { commandLine, message, UsageError } from '../runner/index.ts'
import type { App } from '../tasks/app/index.ts'

/** The folder where the host's root file system is mounted in the container that the program runs in. */
export const root = process.env.CUTOVER_ROOT ?? '/host'

/** The file that setup leaves for the program on a host. */
export const settingsFile = (app: string): string => `${root}/opt/${app}/settings.json`

/** The app that setup left on this host. @throws UsageError if its file is missing or damaged */
export function readApp(name: string, command: string): App {
  try {
    const { app, backend } = JSON.parse(readFileSync(settingsFile(name), 'utf8')) as {
      app: Omit<App, 'backend'>
      backend: boolean
    }
    // Setups before there were these settings left none.
    return { ...app, keep: app.keep ?? 5, standby: app.standby ?? 0, backend }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError(`no app is set up in /opt/${name}`, {
        hint: `Call it as /opt/APP/${command}, and run setup first: ${commandLine('setup')}`,
      })
    throw new UsageError(`/opt/${name}/settings.json is damaged: ${message(error)}`, {
      hint: `Setup writes it again: ${commandLine('setup')}`,
    })
  }
}
