import { type Play, Secret, type Task } from '../../runner/index.ts'
import { registryCa, registryLogin } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { rootFile, rootFolder } from '../system/index.ts'
import { readCertificate } from './certificate.ts'
import { oneLine } from './one-line.ts'
import type { Settings } from './settings.ts'

/**
 * A host trusts its registries and is logged in to those that have an account. The files and secrets are read at once.
 * @throws UsageError for a certificate or a password that is missing or cannot be used
 */
export const registryTasks = (
  registries: Settings['registries'],
  { secret, path }: Pick<Play<unknown>, 'secret' | 'path'>,
): Task[] => {
  const all = Object.entries(registries)
  const trusted = all.flatMap(([registry, { ca }]) =>
    ca === undefined ? [] : [registryCa(registry, readCertificate(path(ca)))],
  )
  const accounts = all.flatMap(([registry, { username, password }]) =>
    username === undefined || password === undefined
      ? []
      : accountTasks(registry, username, oneLine(secret(password, `password of ${registry}`))),
  )
  return [...trusted, ...(accounts.length > 0 ? [...accountFolders(), ...accounts] : [])]
}

const accountFolders = (): Task[] => [
  rootFolder(paths.program),
  rootFolder(`${paths.program}/registries`, { mode: '700' }),
]

/** Docker has the account, and so has curl, with which the poller asks the registry. */
function accountTasks(registry: string, username: string, password: Secret): Task[] {
  const curlConfig = Secret.around(`user = ${JSON.stringify(`${username}:${password.reveal()}`)}\n`, password.label)
  return [registryLogin(registry, username, password), rootFile(`${paths.program}/registries/${registry}`, curlConfig)]
}
