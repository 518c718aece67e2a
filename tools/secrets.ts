/** Keeps secrets in an age-encrypted YAML file that may be part of a repository: `npx tsx tools/secrets.ts --help`. */
import { existsSync, readFileSync } from 'node:fs'
import { age, exitStatus, parseArguments, UsageError } from '../runner/index.ts'
import { editText } from './edit-text.ts'
import { runTool } from './run-tool.ts'
import { checkedMap, recipientsFile, recipientsOf, save } from './secrets-file.ts'

const usage = `secrets keygen                     make your identity, and print its recipient (public)
secrets encrypt PLAIN.yaml FILE    encrypt a YAML file; --add RECIPIENT for whom beside you
secrets edit FILE                  decrypt, open $EDITOR, encrypt again
secrets show FILE                  print it
secrets rotate FILE                encrypt anew; --add and --remove RECIPIENT change for whom,
                                   --new-key makes you a new identity (the old one stays below it)

Inventories refer to it: { age: FILE, key: shop.secret_key }. For whom a file is encrypted stands in FILE.recipients.
Your identity is in ~/.config/cutover/age.key, or CUTOVER_AGE_KEY_FILE, or (in CI) CUTOVER_AGE_KEY itself.
`

const options = {
  add: { type: 'string', multiple: true, help: 'a recipient who can read the file from now on' },
  remove: { type: 'string', multiple: true, help: 'a recipient who can no longer read the file' },
  'new-key': { type: 'boolean', help: 'makes a new identity' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const

type Values = ReturnType<typeof parseArguments<typeof options>>['values']

/** This person's newest recipient. @throws UsageError without an identity */
async function ownRecipient(): Promise<string[]> {
  return (await age.ownRecipients()).slice(0, 1)
}

/** @throws UsageError where there is an identity already */
async function keygen(): Promise<void> {
  const path = age.identityFile()
  if (existsSync(path))
    throw new UsageError(`${path} is there already`, {
      hint: 'Its recipient stands in it. A new one: secrets rotate FILE --new-key.',
    })
  console.log(`${path}: your identity. Keep a copy in your password manager.\n${await age.makeIdentity(path)}`)
}

async function encrypt(plain: string, file: string, { add }: Values): Promise<void> {
  if (existsSync(file)) throw new UsageError(`${file} is there already`, { hint: 'Change it with: secrets edit.' })
  if (!existsSync(plain)) throw new UsageError(`there is no file ${plain}`)
  await save(file, checkedMap(readFileSync(plain, 'utf8'), plain), [...(await ownRecipient()), ...add])
  console.log(`${file} is encrypted. ${plain} is still there, and readable: remove it.`)
}

/** A file that does not exist yet is made. */
async function edit(file: string): Promise<void> {
  const recipients = existsSync(file) ? recipientsOf(file) : await ownRecipient()
  const before = existsSync(file) ? await age.decryptFile(file) : '# NAME: VALUE\n'
  const after = await editText(before)
  if (after === before) console.log('nothing changed')
  else await save(file, after, recipients)
}

async function show(file: string): Promise<void> {
  process.stdout.write(await age.decryptFile(file))
}

async function rotate(file: string, { add, remove, 'new-key': newKey }: Values): Promise<void> {
  const text = await age.decryptFile(file)
  const former = recipientsOf(file)
  const unknown = remove.find((each) => !former.includes(each))
  if (unknown !== undefined)
    throw new UsageError(`${unknown} is not among those who can read ${file}`, {
      hint: `They stand in ${recipientsFile(file)}.`,
    })
  // This finds a recipient that is not valid before anything is made.
  await age.encrypt('', [...former, ...add])
  if (newKey) {
    const path = age.identityFile()
    await age.addIdentity(path)
    console.log(
      `${path}: your new identity stands first. The old one stays below it, for what is encrypted to it: ` +
        'rotate that too, then take it out.',
    )
  }
  // A person with several identities can read with each of them, and the file is encrypted to the newest.
  const own = await age.ownRecipients()
  const others = former.filter((each) => !own.includes(each))
  const recipients = [...others, ...own.slice(0, 1), ...add].filter((each) => !remove.includes(each))
  await save(file, text, recipients)
  console.log(
    `${file} is encrypted anew, for ${new Set(recipients).size}. ` +
      'Who could read it before knows what was in it: change those secrets too.',
  )
}

/** @throws UsageError for a command that does not exist, or with the wrong number of files */
async function run([command, ...files]: readonly string[], values: Values): Promise<void> {
  const [first, second] = files
  if (command === 'keygen' && first === undefined) await keygen()
  else if (command === 'encrypt' && first !== undefined && second !== undefined) await encrypt(first, second, values)
  else if (command === 'edit' && first !== undefined && second === undefined) await edit(first)
  else if (command === 'show' && first !== undefined && second === undefined) await show(first)
  else if (command === 'rotate' && first !== undefined && second === undefined) await rotate(first, values)
  else
    throw new UsageError(
      command === undefined ? 'what is to be done?' : `'${[command, ...files].join(' ')}' is not a command of secrets`,
      { hint: usage },
    )
}

/** Runs the command. @returns the exit status of the program @throws UsageError */
export async function secrets(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(argv, options, true)
  if (values.help) console.log(usage)
  else await run(positionals, values)
  return exitStatus.ok
}

await runTool(import.meta, secrets)
