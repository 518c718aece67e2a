import { posix } from 'node:path'
import { absolutePath, UnsafeError } from '../../runner/index.ts'

const top =
  'bin boot dev etc home lib lib32 lib64 libx32 lost+found media mnt opt proc root run sbin srv sys tmp usr var'.split(
    ' ',
  )

/** Paths without which a host is none any more, or that hold what others have put there. */
export const vital = new Set([
  '/',
  ...top.map((name) => `/${name}`),
  ...'bin lib lib32 lib64 libexec local sbin share'.split(' ').map((name) => `/usr/${name}`),
  ...'backups cache lib log mail run spool tmp'.split(' ').map((name) => `/var/${name}`),
  ...'apt default network pam.d passwd shadow group ssh sudoers systemd'.split(' ').map((name) => `/etc/${name}`),
  ...'apt dpkg systemd'.split(' ').map((name) => `/var/lib/${name}`),
])

/**
 * A path that may be removed, without `..` and slashes at its end.
 * @throws UnsafeError for `/`, `/etc` and the like
 */
export function removable(path: string): string {
  const plain = posix.normalize(absolutePath(path)).replace(/(.)\/+$/, '$1')
  if (!vital.has(plain) && !/^\/(proc|sys)\//.test(plain)) return plain
  throw new UnsafeError(`${plain} is not removed: the host needs it`, {
    hint: 'Name what is to be removed in it.',
  })
}
