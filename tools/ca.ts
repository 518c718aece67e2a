/** Makes an authority for `https: internal`, or prints its root: `npx tsx tools/ca.ts --help`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { exitStatus, parseArguments, UsageError } from '../runner/index.ts'
import { authorities } from '../tasks/proxy/index.ts'
import { runTool } from './run-tool.ts'

const usage = `ca new [DOMAIN] [FOLDER]   make an authority for names below DOMAIN (home.local): ca.crt and ca.key
ca show [FILE]             print its root (ca.crt), for the devices that are to trust it

An app with \`https: internal\` has a certificate of this authority; setup makes it, and makes it anew before it ends.
The key stays with you, like other secrets: in a file, in an age file (cutover secrets) or in a password manager.
The root is no secret. It is good for names below DOMAIN alone, also if somebody steals its key.
`

const options = { help: { type: 'boolean', short: 'h', help: 'this text' } } as const

async function make(domain: string, folder: string): Promise<void> {
  if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(domain))
    throw new UsageError(`'${domain}' is not a domain`, { hint: 'Small letters, digits and dashes between dots.' })
  const [certificateFile, keyFile] = [`${folder}/ca.crt`, `${folder}/ca.key`]
  for (const path of [certificateFile, keyFile])
    if (existsSync(path))
      throw new UsageError(`${path} is there already`, {
        hint: 'Devices that trust it would not trust another one. Name another folder, or move it away.',
      })
  const { newAuthority } = await authorities()
  const { certificate, key } = newAuthority(domain)
  writeFileSync(keyFile, key.reveal(), { mode: 0o600, flag: 'wx' })
  writeFileSync(certificateFile, certificate, { flag: 'wx' })
  console.log(`${keyFile}: its key. Keep a copy in your password manager, and keep it out of the repository.
${certificateFile}: its root, for the devices that are to trust it (cutover ca show ${certificateFile}).

In the inventory:
vars:
  ca: { certificate: ${certificateFile}, key: { file: ${keyFile} } }
apps:
  shop:
    access: { domain: shop.${domain}, https: internal }`)
}

function show(path: string): void {
  if (!existsSync(path)) throw new UsageError(`there is no ${path}`, { hint: 'Make an authority: ca new home.local' })
  process.stdout.write(readFileSync(path, 'utf8'))
  console.error(`
Linux      copy it to /usr/local/share/ca-certificates/NAME.crt, then: sudo update-ca-certificates
macOS      security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${path}
Windows    certutil -user -addstore Root ${path}
iPhone     open the file, install the profile, then switch it on: Settings, General, About, Certificate Trust Settings
Android    Settings, Security, Encryption and credentials, Install a certificate, CA certificate
Firefox    Settings, Certificates, Authorities, Import`)
}

/** Runs the command. @returns the exit status of the program @throws UsageError */
export async function ca(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(argv, options, true)
  const [command, first, second, ...rest] = positionals
  if (values.help) console.log(usage)
  else if (command === 'new' && rest.length === 0) await make(first ?? 'home.local', second ?? '.')
  else if (command === 'show' && second === undefined) show(first ?? 'ca.crt')
  else
    throw new UsageError(
      command === undefined ? 'what is to be done?' : `'${positionals.join(' ')}' is not a command of ca`,
      { hint: usage },
    )
  return exitStatus.ok
}

await runTool(import.meta, ca)
