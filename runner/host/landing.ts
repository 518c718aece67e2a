import { posix } from 'node:path'
import { CommandError, CutoverError } from '../errors.ts'
import { quote } from '../quote.ts'
import { fileStatus, inTheWay, type ScriptResult, scriptError } from './file-access.ts'
import { filePath, parseOwner, parseWriteOptions, type WriteOptions } from '../file-options.ts'

/** A new content for a file, which comes as the input of a script. */
export interface Landing {
  path: string
  /** The SHA-256 of the content, in hex. */
  digest: string
  /** Others may not read it. */
  secret?: boolean
  options: WriteOptions
}

/** The mode of a new file. */
const newMode = (secret: boolean): string => (secret ? '600' : '644')

/** The mode of a file that is there already and is written without a mode: it is kept, unless others could read a secret. */
export const keptMode = (mode: string, secret: boolean): string => (secret && !mode.endsWith('0') ? '600' : mode)

/**
 * A script that writes its input to a temporary file beside the path, compares the digest, sets mode and owner, lets it
 * be validated, syncs it, and renames it to the path. A folder or device there is refused, and a link is replaced.
 * @throws CutoverError for a path or an option that is not valid
 */
export function landingScript({ path, digest, secret = false, options }: Landing): string {
  const { mode, owner, staging = posix.dirname(filePath(path)), validate } = parseWriteOptions(options)
  const { user, group } = owner === undefined ? {} : parseOwner(owner)
  return `umask 077
path=${quote(path)} mode=${mode === undefined ? newMode(secret) : quote(mode)}
template=${quote(`${staging === '/' ? '' : staging}/.${posix.basename(path)}.XXXXXX`)}
if [ -e "$path" ] && [ ! -f "$path" ] && [ ! -L "$path" ]; then
  if [ -d "$path" ]; then echo directory; else echo other; fi
  exit ${fileStatus.inTheWay}
fi
temporary=$(mktemp -- "$template")
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 143' TERM HUP INT
cat >"$temporary"
sum=$(sha256sum <"$temporary")
[ "\${sum%% *}" = ${digest} ] || exit ${fileStatus.notWhole}
if [ -f "$path" ] && [ ! -L "$path" ]; then
  ${user !== undefined && group !== undefined ? ':' : keepOwner}
  ${mode === undefined ? keepMode(secret) : ':'}
fi
${owner === undefined ? '' : `chown -- ${quote(owner)} "$temporary"`}
chmod -- "$mode" "$temporary"
${validate ? validating(validate) : ''}
sync -- "$temporary"
mv -fT -- "$temporary" "$path"`
}

const keepOwner = `kept=$(stat -Lc %u:%g -- "$path")
  [ "$(stat -c %u:%g -- "$temporary")" = "$kept" ] || chown -- "$kept" "$temporary"`

const keepMode = (secret: boolean): string =>
  `mode=$(stat -Lc %a -- "$path")${secret ? '\n  case $mode in *[1-7]) mode=600 ;; esac' : ''}`

/** Runs a command with the temporary file's path in place of each `%s`. */
const validating = (words: readonly string[]): string => `set -- ${words.map(quote).join(' ')}
for word do
  shift
  case $word in *%s*) word=\${word%%%s*}$temporary\${word#*%s} ;; esac
  set -- "$@" "$word"
done
"$@" </dev/null 2>&1 || { echo "$?" >&2; exit ${fileStatus.refused}; }`

/**
 * @param host its name, for the error of a command
 * @throws CutoverError unless the script of a landing has done all of it
 */
export function verifyLanded(host: string, { path, options: { validate = [] } }: Landing, result: ScriptResult): void {
  const output = result.stdout.toString()
  switch (result.status) {
    case 0:
      return
    case fileStatus.inTheWay:
      throw inTheWay(path, output.includes('directory') ? 'directory' : 'other', 'file')
    case fileStatus.notWhole:
      throw new CutoverError(`${path} could not be written: it did not arrive unchanged`)
    case fileStatus.refused:
      throw new CutoverError(`the new content of ${path} was refused, and nothing was changed`, {
        cause: new CommandError(validate.join(' '), {
          host,
          exitCode: Number(result.stderr.trim().split('\n').at(-1)),
          output,
        }),
      })
    default:
      throw scriptError(`${path} could not be written`, result)
  }
}
