/** Keeps secrets in an age-encrypted YAML file that may lie in a repository: `npx tsx playbooks/secrets.ts --help`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { age, CutoverError, exitStatus, explain, InterruptedError, message, UsageError } from '../runner/index.ts'

const usage = `secrets keygen                     make your identity, and print its recipient (public)
secrets encrypt PLAIN.yaml FILE    encrypt a YAML file; --add RECIPIENT for whom beside you
secrets edit FILE                  decrypt, open $EDITOR, encrypt again
secrets show FILE                  print it
secrets rotate FILE                encrypt anew; --add and --remove RECIPIENT change for whom,
                                   --new-key makes you a new identity (the old one stays below it)

Inventories refer to it: { age: FILE, key: shop.secret_key }. For whom a file is encrypted stands in FILE.recipients.
Your identity is in ~/.config/cutover/age.key, or CUTOVER_AGE_KEY_FILE, or (in CI) CUTOVER_AGE_KEY itself.
`

interface Options {
  add: string[]
  remove: string[]
  'new-key': boolean
  help: boolean
}

/** @throws UsageError */
function parsed(): { values: Options; positionals: string[] } {
  try {
    return parseArgs({
      options: {
        add: { type: 'string', multiple: true, default: [] },
        remove: { type: 'string', multiple: true, default: [] },
        'new-key': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(message(error).split('. ')[0]!, { hint: usage })
  }
}

const list = (file: string): string => `${file}.recipients`

/** For whom a file is encrypted. @throws UsageError where nobody knows: others would be shut out */
function recipientsOf(file: string): string[] {
  const known = existsSync(list(file))
    ? readFileSync(list(file), 'utf8')
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter(Boolean)
    : []
  if (known.length === 0)
    throw new UsageError(`${list(file)} is missing or empty: who else reads ${file} is not known`, {
      hint: `Get it back (git checkout ${list(file)}), or write it anew: one recipient a line.`,
    })
  return known
}

/** Writes both files whole: the text under its new name first, so that nothing is lost half-way. */
async function save(file: string, text: string, recipients: readonly string[]): Promise<void> {
  if (recipients.length === 0) throw new UsageError('nobody is left who could read it')
  const all = [...new Set(recipients)]
  writeFileSync(`${file}.new`, await age.encrypt(text, all), { mode: 0o600 })
  writeFileSync(list(file), `# Who can read ${file}. Change it with: secrets rotate\n${all.join('\n')}\n`)
  renameSync(`${file}.new`, file)
}

/** @throws UsageError where it is no map */
function checked(text: string, path: string): string {
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    throw new UsageError(`${path} is no YAML: ${(cause as Error).message.split('\n')[0]}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path}: a map is expected: NAME: VALUE`)
  return text
}

/** What an editor makes of a text, in a folder that only its owner reads, in memory where there is /dev/shm. */
async function edited(text: string): Promise<string> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cutover-'))
  const path = join(folder, 'secrets.yaml')
  const aborter = new AbortController()
  // A terminal that is closed ends the editor too: the text goes before this program does.
  const stop = (): void => aborter.abort(new InterruptedError())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  try {
    writeFileSync(path, text, { mode: 0o600 })
    for (;;) {
      await edit(path)
      aborter.signal.throwIfAborted()
      try {
        return checked(readFileSync(path, 'utf8'), 'what you wrote')
      } catch (error) {
        if (!process.stdin.isTTY) throw error
        console.error(`error: ${message(error)}`)
        const ask = createInterface({ input: process.stdin, output: process.stderr })
        ask.once('SIGINT', stop)
        await ask
          .question('Enter opens it again; Ctrl-C leaves all as it was. ', { signal: aborter.signal })
          .catch(() => undefined)
        ask.close()
        aborter.signal.throwIfAborted()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws UsageError for an editor that fails */
async function edit(path: string): Promise<void> {
  const editor = process.env.VISUAL ?? process.env.EDITOR ?? 'vi'
  // An editor may be given with options, as `code --wait`: a shell takes it apart, the path is an argument.
  const [status, signal] = (await once(
    spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' }),
    'close',
  )) as [number | null, string | null]
  if (status !== 0)
    throw new UsageError(`the editor (${editor}) ended with ${status ?? signal}: nothing is changed`, {
      hint: 'Name another: EDITOR=nano.',
    })
}

async function run([command, ...words]: readonly string[], values: Options): Promise<void> {
  const [file, target] = words as [string | undefined, string | undefined]
  if (command === 'keygen' && file === undefined) {
    const path = age.identityFile()
    if (existsSync(path))
      throw new UsageError(`${path} is there already`, {
        hint: 'Its recipient stands in it. A new one: secrets rotate FILE --new-key.',
      })
    console.log(`${path}: your identity. Keep a copy in your password manager.\n${await age.makeIdentity(path)}`)
  } else if (command === 'encrypt' && file !== undefined && target !== undefined) {
    if (existsSync(target))
      throw new UsageError(`${target} is there already`, { hint: 'Change it with: secrets edit.' })
    if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
    await save(target, checked(readFileSync(file, 'utf8'), file), [(await age.ownRecipients())[0]!, ...values.add])
    console.log(`${target} is encrypted. ${file} is still there, and readable: remove it.`)
  } else if (command === 'edit' && file !== undefined && target === undefined) {
    const known = existsSync(file) ? recipientsOf(file) : (await age.ownRecipients()).slice(0, 1)
    const before = existsSync(file) ? await age.decryptFile(file) : '# NAME: VALUE\n'
    const after = await edited(before)
    if (after === before) console.log('nothing changed')
    else await save(file, after, known)
  } else if (command === 'show' && file !== undefined && target === undefined) {
    process.stdout.write(await age.decryptFile(file))
  } else if (command === 'rotate' && file !== undefined && target === undefined) {
    const text = await age.decryptFile(file)
    const known = recipientsOf(file)
    const unknown = values.remove.find((each) => !known.includes(each))
    if (unknown !== undefined)
      throw new UsageError(`${unknown} is not among those who can read ${file}`, {
        hint: `They stand in ${list(file)}.`,
      })
    // A recipient that is none is found before anything is made.
    await age.encrypt('', [...known, ...values.add])
    if (values['new-key']) {
      const path = age.identityFile()
      await age.addIdentity(path)
      console.log(
        `${path}: your new identity stands first. The old one stays below it, for what is encrypted to it: rotate that too, then take it out.`,
      )
    }
    // Whoever has several identities reads all of them, and is written to by the newest.
    const own = await age.ownRecipients()
    const kept = [...known.filter((each) => !own.includes(each)), own[0]!, ...values.add].filter(
      (each) => !values.remove.includes(each),
    )
    await save(file, text, kept)
    console.log(
      `${file} is encrypted anew, for ${new Set(kept).size}. Who could read it before knows what was in it: change those secrets too.`,
    )
  } else
    throw new UsageError(
      command === undefined ? 'what is to be done?' : `'${[command, ...words].join(' ')}' is no command of it`,
      { hint: usage },
    )
}

try {
  const { values, positionals } = parsed()
  if (values.help) console.log(usage)
  else await run(positionals, values)
} catch (error) {
  console.error(
    explain(error)
      .map((line, index) => (index === 0 ? `error: ${line}` : `  ${line}`))
      .join('\n'),
  )
  process.exitCode = error instanceof CutoverError ? error.exit : exitStatus.failed
}
