import { describe, expect, it } from 'vitest'
import { explain } from '../../../../runner/errors.ts'
import { digestOf } from '../../../../runner/host/files.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../../runner/task/scripted-paths.ts'
import { download, type DownloadOptions } from '../../../../tasks/system/download/download.ts'
import { refusalOf } from '../texts.ts'

const sha256 = digestOf(Buffer.from('the tool'))
const other = 'b'.repeat(64)
const file: DownloadOptions = { url: 'https://x.org/a', to: '/opt/a', sha256 }
const archive: DownloadOptions = { url: 'https://x.org/a.tar.gz', to: '/opt/a', sha256, unpack: true, strip: 1 }
const app = { mode: '644', owner: '9:9' }
const folder: ScriptedPath = { directory: true }
const tools = 'program curl\nprogram wget\nprogram unzip\n'

/** What is at the place of a download, and what a look at it prints. */
type Place = [there: ScriptedPath | null, shown: string]

/** A host with this at the place of the download. All other commands print the same. */
const hostWith = ([there, shown]: Place, output: ScriptedOutput = '', more: Record<string, ScriptedOutput> = {}) =>
  new ScriptedHost((command) => more[command] ?? (command.startsWith('path=') ? shown : output), {
    files: {
      '/opt/a/.cutover-download': `${other} strip 1\nbin\nbin/a\n`,
      ...(there !== null && { '/opt/a': there }),
    },
  })

const changeOf = (options: DownloadOptions, place: Place, more?: Record<string, ScriptedOutput>): Promise<unknown> =>
  Promise.resolve(download(options).check(hostWith(place, '', more).host)).catch(
    (error: Error) => `${error.name}: ${explain(error).join('\n')}`,
  )

describe('a download', () => {
  it.each<[string, DownloadOptions, Place, object | null]>([
    [
      'is new',
      { ...file, mode: '0755' },
      [null, tools],
      {
        summary: 'new, from https://x.org/a',
        before: '',
        after: `SHA-256 ${sha256}, from https://x.org/a\nmode 755\n`,
        fetcher: 'curl',
        previous: { state: null, isEmpty: false },
      },
    ],
    ['is there', file, ['the tool', ''], null],
    [
      'is there, as it is written otherwise',
      { ...file, mode: '0644', owner: '0:root', sha256: sha256.toUpperCase() },
      ['the tool', ''],
      null,
    ],
    [
      'is another one',
      file,
      ['another', 'program wget\n'],
      {
        summary: 'from https://x.org/a',
        before: `SHA-256 ${digestOf(Buffer.from('another'))}\n`,
        after: `SHA-256 ${sha256}, from https://x.org/a\n`,
        fetcher: 'wget',
      },
    ],
    [
      'has another mode and owner',
      { ...file, mode: '755', owner: ':0' },
      [{ content: 'the tool', owner: 'app:app' }, ''],
      {
        summary: 'mode 755, owner :0',
        before: 'mode 644\nowner app:app\n',
        after: 'mode 755\nowner :0\n',
      },
    ],
    ['is unpacked', archive, [folder, `mark ${sha256} strip 1\n`], null],
    [
      'is to be unpacked into an empty folder',
      archive,
      [folder, `empty yes\n${tools}`],
      { summary: 'from https://x.org/a.tar.gz', before: 'SHA-256 unknown\n', fetcher: 'curl' },
    ],
  ])('%s', async (_, options, place, change) => {
    const found = await changeOf(options, place)
    if (change) expect(found).toMatchObject(change)
    else expect(found).toBeNull()
  })

  const left =
    "It is left as it is. Move it elsewhere, remove it with the task absent('/opt/a'), or choose another path."
  const list = "find /opt/a -mindepth 1 -printf '%P\\n'"
  const older: Place = [folder, `mark ${other} strip 1\n${tools}`]

  it('replaces a folder that has only what was unpacked before', async () => {
    expect(await changeOf(archive, older, { [list]: '.cutover-download\nbin\nbin/a\n' })).toMatchObject({
      before: `SHA-256 ${other}\n`,
    })
  })

  it.each<[string, DownloadOptions, Place, string]>([
    [
      'a folder with other files',
      archive,
      older,
      'UnsafeError: /opt/a has files that were not in the archive: c1, c2, c3, c4, c5 and 1 more\n' +
        'The folder is replaced as a whole, and they would be lost. Move them somewhere else, or remove /opt/a.',
    ],
    [
      'a folder that is not from a download',
      archive,
      [folder, tools],
      'UnsafeError: /opt/a is not empty, and it is not from a download\n' +
        'A download that is unpacked has a folder of its own, and replaces it as a whole. Name another one, or empty it.',
    ],
    [
      'a folder in the place of a file',
      file,
      [folder, ''],
      `CutoverError: there is a folder at /opt/a, and not a file\n${left}`,
    ],
    [
      'a file in the place of a folder',
      archive,
      ['x', ''],
      `CutoverError: there is a file at /opt/a, and not a folder\n${left}`,
    ],
    ['a link', file, [{ target: '/x' }, ''], `CutoverError: there is a link at /opt/a, and not a file\n${left}`],
    [
      'no folder',
      file,
      [null, 'no folder\n'],
      'MissingError: there is no folder for /opt/a\nAn earlier task must make it.',
    ],
    [
      'no program',
      file,
      [null, ''],
      'MissingError: the host has neither curl nor wget, so it cannot download https://x.org/a\n' +
        "An earlier task must install one: packages({ present: ['curl', 'ca-certificates'] }).",
    ],
    [
      'no program that unpacks',
      { ...archive, url: 'https://x.org/a.tar.xz' },
      [null, tools],
      'MissingError: the host has no xz, so it cannot unpack https://x.org/a.tar.xz\n' +
        "An earlier task must install it: packages({ present: ['xz-utils'] }).",
    ],
    [
      'an unknown user',
      { ...file, owner: 'app:0' },
      [null, tools],
      "MissingError: there is no user 'app' on the host\nIs the name right? An earlier task must make the user.",
    ],
  ])('says that there is %s', async (_, options, place, message) => {
    const more = { [list]: 'bin\nc1\nc2\nc3\nc4\nc5\nc6\n', 'getent passwd app': { code: 2 } }
    expect(await changeOf(options, place, more)).toBe(message)
  })

  it('is looked for, downloaded, compared and put in its place by one command each', async () => {
    const host = hostWith([null, tools])
    const task = download({ ...archive, owner: 'root' })
    const change = await task.check(host.host)
    await task.apply(host.host, change!)
    await task.undo?.(host.host, change!)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "path=/opt/a
      if [ ! -d "\${path%/*}/" ]; then echo 'no folder'; exit; fi
      if [ -d "$path" ]; then
        [ -n "$(ls -A -- "$path")" ] || echo 'empty yes'
        if [ -f "$path"/.cutover-download ]; then { read -r mark <"$path"/.cutover-download && echo "mark $mark"; } || :; fi
      fi
      for program in curl wget unzip xz bzip2 zstd; do
        if command -v "$program" >/dev/null; then echo "program $program"; fi
      done",
        "umask 022
      to=/opt/a
      work=$(mktemp -d -- /opt/.a.XXXXXX)
      clean() { if [ -e "$work"/old ] && [ ! -e "$to" ]; then mv -T -- "$work"/old "$to"; fi; rm -rf -- "$work"; }
      trap clean EXIT
      trap 'exit 143' TERM HUP INT
      fetch() { curl -q -fsSL --globoff --proto =https --proto-redir =https --max-redirs 10 --retry 3 --connect-timeout 30 --speed-limit 1 --speed-time 60 --url https://x.org/a.tar.gz --output "$work"/fetched </dev/null; }
      for attempt in 1 2 3; do
        status=0
        fetch || status=$?
        case $status in 18 | 52 | 55 | 56 | 92) sleep 1 ;; *) break ;; esac
      done
      [ $status = 0 ] || exit 67
      sum=$(sha256sum <"$work"/fetched)
      if [ "\${sum%% *}" != 6866d28d44ec66b4dc63a7183b503b39881d59d928c53edff3c5096853a659e4 ]; then echo "\${sum%% *}"; exit 65; fi
      sh -euc 'mkdir -- "$1"/new
      tar -xf "$1"/fetched -C "$1"/new --no-same-owner --no-same-permissions --strip-components="$2"
      [ -n "$(ls -A -- "$1"/new)" ] || exit 66
      find "$1"/new -mindepth 1 -printf '\\''%P\\n'\\'' >"$1"/list
      { printf '\\''%s\\n'\\'' "$3"; LC_ALL=C sort -- "$1"/list; } >"$1"/new/.cutover-download' sh "$work" 1 '6866d28d44ec66b4dc63a7183b503b39881d59d928c53edff3c5096853a659e4 strip 1'
      chown -Rh -- root "$work"/new
      chmod -- 755 "$work"/new
      sync -- "$work"/new
      if [ -d "$to" ]; then mv -T -- "$to" "$work"/old; fi
      mv -fT -- "$work"/new "$to"",
        "rm -rf -- /opt/a",
      ]
    `)
  })

  it.each<[string, DownloadOptions, Place, string[]]>([
    [
      'mode and owner only',
      { ...file, mode: '600', owner: 'root' },
      [{ content: 'the tool', ...app }, ''],
      ['chown -h -- root /opt/a', 'chmod -- 600 /opt/a', 'chown -h -- 9:9 /opt/a', 'chmod -- 644 /opt/a'],
    ],
    [
      'an empty folder',
      archive,
      [{ directory: true, ...app, mode: '750' }, `empty yes\n${tools}`],
      ['umask', 'rm -rf -- /opt/a', 'mkdir -- /opt/a', 'chown -Rh -- 9:9 /opt/a', 'chmod -- 750 /opt/a'],
    ],
  ])('of %s is taken back', async (_, options, place, commands) => {
    const host = hostWith(place)
    const task = download(options)
    const change = (await task.check(host.host))!
    await task.apply(host.host, change)
    await task.undo?.(host.host, change)
    expect(host.commands.slice(1).map((command) => (command.startsWith('umask') ? 'umask' : command))).toEqual(commands)
  })

  it('of a file that was there before cannot be taken back', async () => {
    const host = hostWith(['another', tools])
    const task = download(file)
    const change = (await task.check(host.host))!
    await expect(Promise.resolve(task.undo?.(host.host, change))).rejects.toThrow(
      'what was at /opt/a before the download was not kept',
    )
  })

  it.each<[DownloadOptions, Place, string]>([
    [file, [{ content: 'x', ...app, mode: '4755' }, tools], '4755 9:9'],
    [{ ...file, owner: ':adm' }, [{ content: 'x', ...app }, tools], '644 9:adm'],
    [{ ...file, owner: 'adm' }, [{ content: 'x', ...app }, tools], '644 adm:9'],
    [{ ...file, owner: 'root', mode: '0600' }, [null, tools], '0600 root'],
    [file, [null, tools], '644'],
    [archive, [null, tools], '755'],
  ])('%# has mode and owner of what was there, unless they are given', async (options, place, expected) => {
    const host = hostWith(place)
    const task = download(options)
    await task.apply(host.host, (await task.check(host.host))!)
    const command = host.commands.at(-1)!
    const [mode] = /(?<=chmod -- )\S+/.exec(command) ?? []
    const [owner = ''] = /(?<=chown -Rh -- )\S+/.exec(command) ?? []
    expect(`${mode} ${owner}`.trim()).toBe(expected)
  })

  it.each([
    [
      { code: 65, stdout: other },
      `https://x.org/a has another digest: ${other}, not ${sha256}\n` +
        'Nothing was changed. Is it a new version, or has somebody changed the file? Compare with what its makers publish.',
    ],
    [
      { code: 67, stderr: 'curl: (22) The requested URL returned error: 404\n' },
      'https://x.org/a could not be downloaded: curl: (22) The requested URL returned error: 404\n' +
        'Nothing was changed. Is the URL right, and does the host reach it?',
    ],
    [
      { code: 67, stderr: 'curl: (60) SSL certificate problem: x\nMore: y\n\ncurl failed to z\nand\nfurther\n' },
      'https://x.org/a could not be downloaded: curl: (60) SSL certificate problem: x\n' +
        "Nothing was changed. The host must trust the server's certificate: install ca-certificates; that of a CA of " +
        'your own goes to /usr/local/share/ca-certificates/NAME.crt, before update-ca-certificates.',
    ],
    [
      { code: 67, stderr: 'curl: (18) first\nWarning: again\ncurl: (28) last\n' },
      'https://x.org/a could not be downloaded: curl: (28) last\n' +
        'Nothing was changed. Is the URL right, and does the host reach it?',
    ],
    [
      { code: 67, stderr: 'wget: unable to resolve host address ‘leads-to-http.invalid’\n' },
      'https://x.org/a could not be downloaded: it leads to http, which is not encrypted\n' +
        'Nothing was changed. Is the URL right, and does the host reach it?',
    ],
    [
      { code: 67, stderr: '1\n2\n3\n4' },
      'https://x.org/a could not be downloaded: 2\n3\n4\n' +
        'Nothing was changed. Is the URL right, and does the host reach it?',
    ],
    [
      { code: 66 },
      'https://x.org/a has nothing in it, or nothing that is left after `strip`\n' +
        'Nothing was changed. `strip` is the number of folders that each path of the archive begins with.',
    ],
    [
      { code: 2, stderr: 'tar: no archive' },
      'https://x.org/a was downloaded, and could not be put in its place: tar: no archive',
    ],
    [{ code: 1 }, 'https://x.org/a was downloaded, and could not be put in its place: it ended with 1'],
  ])('that fails with %j says why', async (output, message) => {
    const host = hostWith([null, tools], output)
    const task = download(file)
    const change = (await task.check(host.host))!
    const error = await Promise.resolve(task.apply(host.host, change)).catch((each: unknown) => each)
    expect(explain(error).join('\n')).toBe(message)
  })

  it.each([
    ['https://x.org/a', 'fetch() { env http_proxy=http://leads-to-http.invalid wget --no-config '],
    ['http://x.org/a', 'fetch() { wget --no-config '],
  ])('of %s by wget is kept from http just if it is not http already', async (url, begin) => {
    const host = new ScriptedHost((command) => (command.startsWith('path=') ? 'kind nothing\nprogram wget\n' : ''))
    const task = download({ ...file, url, insecure: true })
    await task.apply(host.host, (await task.check(host.host))!)
    expect(host.commands.at(-1)?.split('\n')).toContainEqual(expect.stringContaining(begin) as string)
  })

  it.each<[string, Partial<DownloadOptions>, string]>([
    ['another protocol', { url: 'ftp://x.org/a' }, "'ftp://x.org/a' is not the URL of a download"],
    ['no URL', { url: 'x.org/a' }, "'x.org/a' is not the URL of a download"],
    ['http', { url: 'http://x.org/a' }, 'http://x.org/a is not encrypted'],
    [
      'a password',
      { url: 'https://me:secret@x.org/a' },
      'the URL of a download on x.org has a user or a password in it',
    ],
    ['no digest', { sha256: 'abc' }, "download https://x.org/a: 'abc' is not a SHA-256"],
    ['a relative path', { to: 'a' }, "the path 'a' is not absolute"],
    ['a mode in words', { mode: 'a+x' }, "the mode 'a+x' is not octal"],
    ['an owner in parts', { owner: 'a:b:c' }, "the owner 'a:b:c' is not understood"],
    ['strip without unpack', { strip: 1 }, 'download https://x.org/a: strip is 1, and there is nothing to unpack'],
    ['a negative strip', { strip: -1, unpack: 'tar' }, 'download https://x.org/a: strip is -1'],
    ['an unknown archive', { unpack: true }, 'download https://x.org/a: it is not known what kind of archive this is'],
  ])('refuses %s when it is made', (_, options, message) => {
    const said = refusalOf(() => download({ ...file, ...options }))
    expect(said.split('\n')[0]?.replace(/^(Cutover|Usage)Error: /, '')).toBe(message)
    expect(said.split('\n')).toHaveLength(2)
    expect(said).not.toContain('secret')
  })

  it('takes http if it is told to, passes its handlers and tags on, and is called by its place', () => {
    expect(download({ ...file, url: 'http://x.org/a', insecure: true, tags: ['t'], notify: [] })).toMatchObject({
      name: 'download /opt/a',
      tags: ['t'],
      notify: [],
    })
  })
})
