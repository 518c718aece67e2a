import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { LabUnavailable } from './engine.ts'
import { exec } from './exec.ts'

const folder = '/proc/sys/fs/binfmt_misc'
const name = 'cutover-lab-arm64'
const interpreter = '/usr/bin/qemu-aarch64-static'

/** How the kernel knows a program for arm64: by the header of its file. F: the interpreter is opened now, for all roots. */
const rule =
  `:${name}:M::` +
  '\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:' +
  '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:' +
  `${interpreter}:F`

/**
 * This machine runs programs for arm64: itself, or by QEMU, which is installed where it is missing, with what mmdebstrap asks.
 * @returns what takes that back; QEMU's package stays
 * @throws LabUnavailable where it cannot be brought about
 */
export async function emulateArm64(say: (line: string) => void): Promise<() => Promise<void>> {
  if (process.arch === 'arm64') return () => Promise.resolve()
  if (process.getuid?.() !== 0) throw new LabUnavailable('Programs for arm64 are emulated by root alone.')
  if (!existsSync(interpreter) || !existsSync('/usr/bin/arch-test')) {
    say('installing on this machine: qemu-user-static arch-test')
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await exec(['apt-get', 'update', '-q'], { env })
    await exec(['apt-get', 'install', '-yq', '--no-install-recommends', 'qemu-user-static', 'arch-test'], { env })
  }
  const isMounted = existsSync(`${folder}/register`)
  if (!isMounted) await exec(['mount', '-t', 'binfmt_misc', 'binfmt_misc', folder])
  const isThere = existsSync(`${folder}/qemu-aarch64`) || existsSync(`${folder}/${name}`)
  if (!isThere) writeFileSync(`${folder}/register`, rule)
  if (!readFileSync(`${folder}/status`, 'utf8').startsWith('enabled'))
    throw new LabUnavailable('The kernel of this machine has binfmt_misc turned off.')
  return async () => {
    if (!isThere) writeFileSync(`${folder}/${name}`, '-1')
    if (!isMounted) await exec(['umount', folder])
  }
}
