/** Writes a first inventory: asks at a terminal, or takes it from options. */
import { existsSync, writeFileSync } from 'node:fs'
import {
  ask,
  commandLine,
  exitStatus,
  optionLine,
  type OptionValues,
  parseArguments,
  parseInventory,
  UsageError,
} from '../runner/index.ts'
import { settings, topLevel } from '../tasks/app/index.ts'
import { runTool } from './run-tool.ts'

export const initOptions = {
  inventory: { type: 'string', short: 'i', placeholder: 'FILE', default: 'inventory.yaml', help: 'the file to write' },
  host: {
    type: 'string',
    placeholder: 'ADDRESS',
    multiple: true,
    help: 'a server, by its address; give it again for more',
  },
  user: { type: 'string', placeholder: 'NAME', help: 'who logs in there; default: root' },
  app: { type: 'string', placeholder: 'NAME', help: 'the name of the app; default: the last part of its image' },
  image: { type: 'string', placeholder: 'IMAGE', help: 'its image, without a tag: registry.example.org/you/shop' },
  domain: { type: 'string', placeholder: 'NAME', help: 'its public domain; without one it answers by IP, over HTTP' },
  email: { type: 'string', placeholder: 'ADDRESS', help: "where Let's Encrypt writes to; needed with a domain" },
  database: { type: 'boolean', help: 'it gets a PostgreSQL of its own' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const

type Wanted = OptionValues<typeof initOptions>

/** Runs the command. @returns the exit status of the program @throws UsageError */
export async function init(argv: readonly string[]): Promise<number> {
  const { values } = parseArguments(argv, initOptions)
  if (values.help) {
    const lines = Object.entries(initOptions).map(optionLine)
    process.stdout.write(
      `Usage: ${commandLine('init')} [OPTIONS]\n\nAt a terminal it asks for what is missing.\n\n${lines.join('\n')}\n`,
    )
    return exitStatus.ok
  }
  if (existsSync(values.inventory))
    throw new UsageError(`${values.inventory} exists already`, {
      hint: 'Edit it, or name another file: --inventory FILE.',
    })
  const text = inventoryText(process.stdin.isTTY ? await asked(values) : values)
  // What is written is valid, or nothing is written.
  parseInventory(text, values.inventory, settings, { topLevelKeys: topLevel })
  writeFileSync(values.inventory, text)
  process.stdout.write(`${values.inventory} is written. Next:\n${nextSteps(text)}`)
  return exitStatus.ok
}

/** Asks for what the options do not say. An empty answer takes the default in brackets. */
async function asked(values: Wanted): Promise<Wanted> {
  const answer = async (given: string | undefined, question: string): Promise<string | undefined> =>
    given ?? ((await ask(`${question}: `)) || undefined)
  const hosts =
    values.host.length > 0
      ? values.host
      : (await ask('Addresses of your servers, separated by blanks: ')).split(/\s+/).filter(Boolean)
  const user = await answer(values.user, 'Who logs in there [root]')
  const image = await answer(values.image, 'Image of the app, without a tag (registry.example.org/you/shop)')
  const app = await answer(values.app, `Name of the app [${nameOf(image ?? '')}]`)
  const domain = await answer(values.domain, 'Its public domain [none: it answers by IP]')
  const email =
    domain === undefined ? values.email : await answer(values.email, "Your e-mail address, for Let's Encrypt")
  const database = values.database || /^y/i.test(await ask('Does it need a PostgreSQL of its own? [y/N]: '))
  return { ...values, host: hosts, user, image, app, domain, email, database }
}

const nameOf = (image: string): string => image.split('/').at(-1) ?? ''

/** The text of an inventory. @throws UsageError for what is missing */
export function inventoryText({ host: hosts, user, image, app, domain, email, database }: Wanted): string {
  if (hosts.length === 0) throw new UsageError('a server is missing', { hint: 'Name its address: --host 192.168.1.20' })
  if (image === undefined)
    throw new UsageError('the image of the app is missing', { hint: 'Name it: --image registry.example.org/you/shop' })
  const name = app ?? nameOf(image)
  const environment = name.toUpperCase().replaceAll('-', '_')
  return [
    '# Written by cutover init. Every key is explained in inventory.example.yaml.',
    ...(user === undefined ? [] : [`defaults: { user: ${JSON.stringify(user)} }`]),
    'hosts:',
    ...hosts.map((address, index) => `  server-${index + 1}: { address: ${JSON.stringify(address)} }`),
    ...(email === undefined ? [] : ['vars:', `  traefik: { email: ${JSON.stringify(email)} }`]),
    'apps:',
    `  ${name}:`,
    `    image: ${JSON.stringify(image)}`,
    `    access: ${domain === undefined ? 'local' : `{ domain: ${JSON.stringify(domain)} }`}`,
    ...(database ? [`    database: { password: { env: ${environment}_DATABASE_PASSWORD } }`] : []),
    '    # secrets: { SECRET_KEY: { env: SHOP_SECRET_KEY } }',
    '',
  ].join('\n')
}

function nextSteps(text: string): string {
  const secret = /\{ env: (\w+_DATABASE_PASSWORD) \}/.exec(text)?.[1]
  return [
    ...(secret === undefined
      ? []
      : [`  export ${secret}=$(openssl rand -hex 16)   # keep it in your password manager`]),
    `  ${commandLine('setup', '--check', '--diff')}`,
    `  ${commandLine('setup')}`,
    `  ${commandLine('deploy', '--tag', 'TAG')}`,
    '',
  ].join('\n')
}

await runTool(import.meta, init)
