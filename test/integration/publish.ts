import { posix } from 'node:path'
import type { Host } from '../../runner/host/host.ts'

export interface Package {
  name: string
  version?: string
  /** Fields of its control file. */
  fields?: Record<string, string>
  /** Its files, by path: those below /usr/sbin are programs. */
  files?: Record<string, string>
}

/** Makes packages, and the index of a repository of files that has exactly these. */
export async function publish(host: Host, folder: string, packages: readonly Package[]): Promise<void> {
  await host.$`rm -rf ${folder}; mkdir -p ${folder}`
  for (const { name, version = '1.0', fields = {}, files = {} } of packages) {
    const build = `/tmp/build/${name}`
    const all = { Package: name, Version: version, Architecture: 'all', Maintainer: 'lab <lab@localhost>', ...fields }
    const control = Object.entries({ ...all, Description: 'a stand-in' }).map(([key, value]) => `${key}: ${value}\n`)
    await host.$`mkdir -p ${`${build}/DEBIAN`}`
    await host.write(`${build}/DEBIAN/control`, control.join(''))
    for (const [path, content] of Object.entries(files)) {
      await host.$`mkdir -p ${`${build}${posix.dirname(path)}`}`
      await host.write(`${build}${path}`, content, { mode: path.startsWith('/usr/sbin/') ? '755' : '644' })
    }
    const deb = `${name}_${version}.deb`
    const path = `${folder}/${deb}`
    await host.$`dpkg-deb -Zgzip -b ${build} ${path}; rm -rf ${build}
      { dpkg-deb -f ${path}; echo Filename: ./${deb}; stat -c 'Size: %s' ${path}; sum=$(sha256sum <${path}); echo "SHA256: \${sum%% *}"; echo; } >>${`${folder}/Packages`}`
  }
}
