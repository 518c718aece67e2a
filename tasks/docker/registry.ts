import { posix } from 'node:path'
import { type Change, type HostView, Secret, type Task, task } from '../../runner/index.ts'
import { file } from '../system/index.ts'

/** The Docker CLI trusts a registry that has a certificate of a private CA. */
export const registryCa = (registry: string, certificate: string): Task =>
  inOwnFolder(file(`/etc/docker/certs.d/${registry}/ca.crt`, certificate))

function inOwnFolder(inner: Task): Task {
  const folder = posix.dirname(inner.name.slice('file '.length))
  return {
    ...inner,
    apply: async (host, change) => void (await host.$`mkdir -p -- ${folder}`, await inner.apply(host, change)),
  }
}

const configFile = '/root/.docker/config.json'

/** root's Docker may pull from a private registry. */
export function registryLogin(registry: string, username: string, password: Secret): Task {
  // Docker looks for Docker Hub's account under an address of old, whatever the image is called.
  const key = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry
  const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
  const read = async (host: HostView): Promise<{ auths?: Record<string, { auth?: string }> }> =>
    JSON.parse((await host.read(configFile)) ?? '{}') as { auths?: Record<string, { auth?: string }> }
  return task<Change>({
    name: `docker: login to ${registry}`,
    check: async (host) => ((await read(host)).auths?.[key]?.auth === auth ? null : { summary: `as ${username}` }),
    apply: async (host) => {
      const config = await read(host)
      await host.$`install -d -m 700 ${posix.dirname(configFile)}`
      await host.write(
        configFile,
        new Secret(
          `${JSON.stringify({ ...config, auths: { ...config.auths, [key]: { auth } } }, null, 2)}\n`,
          `${configFile}`,
        ),
      )
    },
  })
}
