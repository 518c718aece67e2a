import { CutoverError, type HostView, MissingError } from '../../runner/index.ts'

/** @throws CutoverError if a path of a host does not begin at its root, or names no file or folder of its own */
export function verifyHostPath(path: string): void {
  if (!path.startsWith('/'))
    throw new CutoverError(`the path '${path}' is not absolute`, {
      hint: 'A path on a host begins with /: there is no folder that it could be relative to.',
    })
  if (/(^|\/)\.{0,2}(\/|$)/.test(path.slice(1)) || /[\0\n]/.test(path))
    throw new CutoverError(`the path '${path}' is not written plainly`, {
      hint: 'Write it without a / at its end, and without //, . and .. in it.',
    })
}

/** @throws CutoverError if a mode is not octal */
export function verifyMode(mode: string | undefined): void {
  if (mode === undefined || /^0*[0-7]{3,4}$/.test(mode)) return
  throw new CutoverError(`the mode '${mode}' is not octal`, {
    hint: "Write it in digits, as a text: '644', '0750', '4755'.",
  })
}

/** @throws CutoverError if an owner is not `user`, `user:group` or `:group`, by name or number */
export function verifyOwner(owner: string | undefined): void {
  if (owner === undefined || /^(?!-)(?!$)[^\s:]*(:[^\s:-][^\s:]*)?$/.test(owner)) return
  throw new CutoverError(`the owner '${owner}' is not understood`, {
    hint: "Write it by name or number: 'user:group', 'user' or ':group'.",
  })
}

/** @throws MissingError if the host does not know a user or group of an owner by its name */
export async function verifyOwnerIsKnown(host: HostView, owner: string | undefined): Promise<void> {
  const [user = '', group = ''] = owner?.split(':') ?? []
  for (const [database, name, noun] of [['passwd', user, 'user'] as const, ['group', group, 'group'] as const]) {
    if (name === '' || name === 'root' || /^\d+$/.test(name)) continue
    if ((await host.quiet({ nothrow: true })`getent ${database} ${name}`).exitCode === 0) continue
    throw new MissingError(`there is no ${noun} '${name}' on the host`, {
      hint: `Is the name right? An earlier task must make the ${noun}.`,
    })
  }
}
