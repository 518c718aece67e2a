/** The program on a host: /opt/<app>/deploy, rollback, status and heal start it. The playbooks, over the host itself. */
import { existsSync, readFileSync } from 'node:fs'
import deploy from '../playbooks/deploy.ts'
import rollback from '../playbooks/rollback.ts'
import status from '../playbooks/status.ts'
import { type Inventory, parseInventory, type Playbook, runCli } from '../runner/index.ts'
import { type App, type Settings, settings, topLevel } from '../tasks/app/index.ts'
import heal from './heal.ts'

const root = process.env.CUTOVER_ROOT ?? '/host'
const books = { deploy, rollback, status, heal } as Record<string, Playbook<typeof settings>>

/** The settings that setup left. Somebody may have edited them. */
function settingsOf(name: string): { app: App; backend: boolean } {
  try {
    return JSON.parse(readFileSync(`${root}/opt/${name}/settings.json`, 'utf8')) as { app: App; backend: boolean }
  } catch (error) {
    console.log(
      `error: /opt/${name}/settings.json is damaged: ${(error as Error).message}\n  Setup writes it again: npx tsx playbooks/setup.ts`,
    )
    process.exit(2)
  }
}

/** This host as an inventory of one, from the settings that setup left. */
function thisHost(name: string): Inventory<Settings> {
  const { app, backend } = settingsOf(name)
  const host = process.env.CUTOVER_WHERE ?? 'localhost'
  // The password is in the app's environment file already: a release needs only to know that there is a database.
  const database = backend ? { password: { env: 'NONE' } } : false
  const { address } = app
  const apps = { [name]: { ...app, name: undefined, address: undefined, database } }
  const text = JSON.stringify({ hosts: { [host]: { connection: 'local', become: 'none', address } }, apps })
  return parseInventory(text, `${root}/opt/${name}/settings.json`, settings, { topLevelKeys: topLevel })
}

const [command = '', name = '', ...words] = process.argv.slice(2)
const book = books[command]
if (!book) throw new Error(`no command is called '${command}': ${Object.keys(books).join(', ')}`)
if (!existsSync(`${root}/opt/${name}/settings.json`)) {
  console.log(
    `error: no app is set up in /opt/${name}\n  Call it as /opt/APP/${command}, and run setup first: npx tsx playbooks/setup.ts`,
  )
  process.exit(2)
}
const inventory = thisHost(name)
const first = words[0] !== undefined && !words[0].startsWith('-') ? words.shift() : undefined
const tag = first === undefined ? [] : command === 'deploy' ? ['--tag', first] : [first]
process.exitCode = await runCli(book, { argv: [...tag, ...words], inventory, localRoot: root })
