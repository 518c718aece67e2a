import { describe, expect, it } from 'vitest'
import { explain } from '../../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../../runner/task/scripted-host.ts'
import { download, type DownloadOptions } from '../../../../tasks/system/download/download.ts'
import { refusalOf } from '../texts.ts'

const sha256 = 'a'.repeat(64)
const other = 'b'.repeat(64)
const file: DownloadOptions = { url: 'https://x.org/a', to: '/opt/a', sha256 }
const archive: DownloadOptions = { url: 'https://x.org/a.tar.gz', to: '/opt/a', sha256, unpack: true, strip: 1 }
const root = 'attributes 644 root root 0 0\n'
const tools = 'program curl\nprogram wget\nprogram unzip\n'

/** A host that shows this at the place of the download. */
const hostWith = (shown: string, more: Record<string, ScriptedOutput> = {}): ScriptedHost =>
  new ScriptedHost((command) => more[command] ?? (command.startsWith('path=') ? shown : undefined), {
    files: { '/opt/a/.cutover-download': `${other} strip 1\nbin\nbin/a\n` },
  })

const changeOf = (options: DownloadOptions, shown: string, more?: Record<string, ScriptedOutput>): Promise<unknown> =>
  Promise.resolve(download(options).check(hostWith(shown, more).host)).catch(
    (error: Error) => `${error.name}: ${explain(error).join('\n')}`,
  )

describe('a download', () => {
  it.each<[string, DownloadOptions, string, object | null]>([
    [
      'is new',
      { ...file, mode: '0755' },
      `kind nothing\n${tools}`,
      {
        summary: 'new, from https://x.org/a',
        before: '',
        after: `SHA-256 ${sha256}, from https://x.org/a\nmode 755\n`,
        fetcher: 'curl',
        previous: { kind: 'nothing', isEmpty: false },
      },
    ],
    ['is there', file, `kind file\ndigest ${sha256}\n${root}`, null],
    [
      'is there, as it is written otherwise',
      { ...file, mode: '0644', owner: '0:root', sha256: sha256.toUpperCase() },
      `kind file\ndigest ${sha256}\n${root}`,
      null,
    ],
    [
      'is another one',
      file,
      `kind file\ndigest ${other}\n${root}program wget\n`,
      {
        summary: 'from https://x.org/a',
        before: `SHA-256 ${other}\n`,
        after: `SHA-256 ${sha256}, from https://x.org/a\n`,
        fetcher: 'wget',
      },
    ],
    [
      'has another mode and owner',
      { ...file, mode: '755', owner: ':0' },
      `kind file\ndigest ${sha256}\nattributes 644 app app 999 999\n`,
      {
        summary: 'mode 755, owner :0',
        before: 'mode 644\nowner app:app\n',
        after: 'mode 755\nowner :0\n',
      },
    ],
    ['is unpacked', archive, `kind folder\nmark ${sha256} strip 1\nattributes 755 root root 0 0\n`, null],
    [
      'is to be unpacked into an empty folder',
      archive,
      `kind folder\nempty yes\nattributes 755 root root 0 0\n${tools}`,
      { summary: 'from https://x.org/a.tar.gz', before: 'SHA-256 unknown\n', fetcher: 'curl' },
    ],
  ])('%s', async (_, options, shown, change) => {
    const found = await changeOf(options, shown)
    if (change) expect(found).toMatchObject(change)
    else expect(found).toBeNull()
  })

  const list = "find /opt/a -mindepth 1 -printf '%P\\n'"
  const older = `kind folder\nmark ${other} strip 1\nattributes 755 root root 0 0\n${tools}`

  it('replaces a folder that has only what was unpacked before', async () => {
    expect(await changeOf(archive, older, { [list]: '.cutover-download\nbin\nbin/a\n' })).toMatchObject({
      before: `SHA-256 ${other}\n`,
    })
  })

  it.each<[string, DownloadOptions, string, string]>([
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
      `kind folder\nattributes 755 root root 0 0\n${tools}`,
      'UnsafeError: /opt/a is not empty, and it is not from a download\n' +
        'A download that is unpacked has a folder of its own, and replaces it as a whole. Name another one, or empty it.',
    ],
    [
      'a folder in the place of a file',
      file,
      `kind folder\n${root}`,
      'CutoverError: /opt/a is a folder, and a file is to be there\nName the file, too; or unpack it into the folder.',
    ],
    [
      'a file in the place of a folder',
      archive,
      `kind file\ndigest ${sha256}\n${root}`,
      'CutoverError: /opt/a is a file, and a folder is to be there\nName the folder into which it is unpacked.',
    ],
    [
      'a link',
      file,
      'kind link\n',
      'CutoverError: /opt/a is a link\nName the path that it points to, or remove it. See what is there: ls -ld /opt/a',
    ],
    [
      'no folder',
      file,
      'kind no-parent\n',
      'MissingError: there is no folder for /opt/a\nAn earlier task must make it.',
    ],
    [
      'no program',
      file,
      'kind nothing\n',
      'MissingError: the host has neither curl nor wget, so it cannot download https://x.org/a\n' +
        "An earlier task must install one: packages({ present: ['curl', 'ca-certificates'] }).",
    ],
    [
      'no program that unpacks',
      { ...archive, url: 'https://x.org/a.tar.xz' },
      `kind nothing\n${tools}`,
      'MissingError: the host has no xz, so it cannot unpack https://x.org/a.tar.xz\n' +
        "An earlier task must install it: packages({ present: ['xz-utils'] }).",
    ],
    [
      'an unknown user',
      { ...file, owner: 'app:0' },
      `kind nothing\n${tools}`,
      "MissingError: there is no user 'app' on the host\nIs the name right? An earlier task must make the user.",
    ],
  ])('says that there is %s', async (_, options, shown, message) => {
    const more = { [list]: 'bin\nc1\nc2\nc3\nc4\nc5\nc6\n', 'getent passwd app': { code: 2 } }
    expect(await changeOf(options, shown, more)).toBe(message)
  })

  it('is looked for, downloaded, compared and put in its place by one command each', async () => {
    const host = new ScriptedHost((command) => (command.startsWith('path=') ? `kind nothing\n${tools}` : ''))
    const task = download({ ...archive, owner: 'root' })
    const change = await task.check(host.host)
    await task.apply(host.host, change!)
    await task.undo?.(host.host, change!)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "path=/opt/a
      if [ ! -d "\${path%/*}/" ]; then echo 'kind no-parent'; exit; fi
      if [ -L "$path" ]; then echo 'kind link'
      elif [ -f "$path" ]; then echo 'kind file'; sum=$(sha256sum <"$path"); echo "digest \${sum%% *}"
      elif [ -d "$path" ]; then
        echo 'kind folder'
        [ -n "$(ls -A -- "$path")" ] || echo 'empty yes'
        if [ -f "$path"/.cutover-download ]; then { read -r mark <"$path"/.cutover-download && echo "mark $mark"; } || :; fi
      elif [ -e "$path" ]; then echo 'kind other'
      else echo 'kind nothing'
      fi
      [ ! -e "$path" ] || stat -c 'attributes %a %U %G %u %g' -- "$path"
      for program in curl wget unzip xz bzip2 zstd; do
        if command -v "$program" >/dev/null; then echo "program $program"; fi
      done",
        "umask 022
      to=/opt/a
      work=$(mktemp -d -- /opt/.a.XXXXXX)
      clean() { if [ -e "$work"/old ] && [ ! -e "$to" ]; then mv -T -- "$work"/old "$to"; fi; rm -rf -- "$work"; }
      trap clean EXIT
      trap 'exit 143' TERM HUP INT
      curl -q -fsSL --globoff --proto =https --proto-redir =https --max-redirs 10 --retry 3 --connect-timeout 30 --speed-limit 1 --speed-time 60 --url https://x.org/a.tar.gz --output "$work"/fetched </dev/null || exit 67
      sum=$(sha256sum <"$work"/fetched)
      if [ "\${sum%% *}" != aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ]; then echo "\${sum%% *}"; exit 65; fi
      sh -euc 'mkdir -- "$1"/new
      tar -xf "$1"/fetched -C "$1"/new --no-same-owner --no-same-permissions --strip-components="$2"
      [ -n "$(ls -A -- "$1"/new)" ] || exit 66
      find "$1"/new -mindepth 1 -printf '\\''%P\\n'\\'' >"$1"/list
      { printf '\\''%s\\n'\\'' "$3"; LC_ALL=C sort -- "$1"/list; } >"$1"/new/.cutover-download' sh "$work" 1 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa strip 1'
      chown -Rh -- root "$work"/new
      chmod -- 755 "$work"/new
      sync -- "$work"/new
      if [ -d "$to" ]; then mv -T -- "$to" "$work"/old; fi
      mv -fT -- "$work"/new "$to"",
        "rm -rf -- /opt/a",
      ]
    `)
  })

  it.each<[string, DownloadOptions, string, string, string[]]>([
    [
      'mode and owner only',
      { ...file, mode: '600', owner: 'root' },
      `kind file\ndigest ${sha256}\nattributes 644 app app 9 9\n`,
      '',
      ['chown -h -- root /opt/a', 'chmod -- 600 /opt/a', 'chown -h -- 9:9 /opt/a', 'chmod -- 644 /opt/a'],
    ],
    [
      'an empty folder',
      archive,
      `kind folder\nempty yes\nattributes 750 app app 9 9\n${tools}`,
      '',
      ['umask', 'rm -rf -- /opt/a', 'mkdir -- /opt/a', 'chown -Rh -- 9:9 /opt/a', 'chmod -- 750 /opt/a'],
    ],
  ])('of %s is taken back', async (_, options, shown, output, commands) => {
    const host = new ScriptedHost((command) => (command.startsWith('path=') ? shown : output))
    const task = download(options)
    const change = (await task.check(host.host))!
    await task.apply(host.host, change)
    await task.undo?.(host.host, change)
    expect(host.commands.slice(1).map((command) => (command.startsWith('umask') ? 'umask' : command))).toEqual(commands)
  })

  it('of a file that was there before cannot be taken back', async () => {
    const host = hostWith(`kind file\ndigest ${other}\n${root}${tools}`)
    const task = download(file)
    const change = (await task.check(host.host))!
    await expect(Promise.resolve(task.undo?.(host.host, change))).rejects.toThrow(
      'what was at /opt/a before the download was not kept',
    )
  })

  it.each<[DownloadOptions, string, string]>([
    [file, `kind file\ndigest ${other}\nattributes 4755 app app 9 9\nprogram wget\n`, '4755 9:9'],
    [{ ...file, owner: ':adm' }, `kind file\ndigest ${other}\nattributes 644 app app 9 9\nprogram wget\n`, '644 9:adm'],
    [{ ...file, owner: 'root', mode: '0600' }, `kind nothing\nprogram wget\n`, '0600 root'],
    [file, `kind nothing\nprogram curl\n`, '644'],
    [archive, `kind nothing\nprogram curl\n`, '755'],
  ])('%# has mode and owner of what was there, unless they are given', async (options, shown, expected) => {
    const host = new ScriptedHost((command) => (command.startsWith('path=') ? shown : ''))
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
    const shown = `kind nothing\n${tools}`
    const host = new ScriptedHost((command) => (command.startsWith('path=') ? shown : output))
    const task = download(file)
    const change = (await task.check(host.host))!
    const error = await Promise.resolve(task.apply(host.host, change)).catch((each: unknown) => each)
    expect(explain(error).join('\n')).toBe(message)
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
