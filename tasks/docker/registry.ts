import { posix } from 'node:path'
import { type Change, type HostView, Secret, type Task, task } from '../../runner/index.ts'
import { rootFile } from '../system/index.ts'

/** The Docker CLI trusts a registry that has a certificate of a private CA. */
export function registryCa(registry: string, certificate: string): Task {
  const path = `/etc/docker/certs.d/${registry}/ca.crt`
  const certificateFile = rootFile(path, certificate)
  return {
    ...certificateFile,
    apply: async (host, change) => {
      await host.$`mkdir -p -- ${posix.dirname(path)}`
      await certificateFile.apply(host, change)
    },
  }
}

const configFile = '/root/.docker/config.json'

/** The Docker of root may pull from a private registry. The other settings of its configuration stay. */
export function registryLogin(registry: string, username: string, password: Secret): Task {
  // Docker looks up the account of Docker Hub under this old address, whatever the image is called.
  const key = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry
  const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
  const read = async (host: HostView): Promise<{ auths?: Record<string, { auth?: string }> }> =>
    JSON.parse((await host.read(configFile)) ?? '{}') as { auths?: Record<string, { auth?: string }> }
  return task<Change>({
    name: `docker: login to ${registry}`,
    check: async (host) => ((await read(host)).auths?.[key]?.auth === auth ? null : { summary: `as ${username}` }),
    apply: async (host) => {
      const config = await read(host)
      const text = JSON.stringify({ ...config, auths: { ...config.auths, [key]: { auth } } }, null, 2)
      await host.$`install -d -m 700 ${posix.dirname(configFile)}`
      await host.write(configFile, Secret.around(`${text}\n`, configFile), { mode: '600' })
    },
  })
}
