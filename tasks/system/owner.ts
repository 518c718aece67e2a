import { type HostView, MissingError, parseOwner } from '../../runner/index.ts'

/** @throws MissingError if the host does not know a user or group of an owner by its name */
export async function verifyOwner(host: HostView, owner: string | undefined): Promise<void> {
  if (owner === undefined) return
  const { user, group } = parseOwner(owner)
  const wanted = [
    ['passwd', user, 'user'],
    ['group', group, 'group'],
  ] as const
  for (const [database, name, noun] of wanted) {
    if (name === undefined || name === 'root' || /^\d+$/.test(name)) continue
    const { exitCode } = await host.quiet({ nothrow: true })`getent ${database} ${name}`
    if (exitCode !== 0)
      throw new MissingError(`there is no ${noun} '${name}' on the host`, {
        hint: `Is the name right? An earlier task must make the ${noun}.`,
      })
  }
}
