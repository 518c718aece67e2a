import { quote, Secret, UsageError } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** The environment of an app as `docker --env-file` reads it. */
export const environmentFile = (app: string): string => `${paths.app(app)}/app.env`

/**
 * The values that `app.env` cannot carry, as exports that a shell sources before it starts Docker. Hosts that an old Cutover set
 * up have no such file.
 */
export const exportsFile = (app: string): string => `${environmentFile(app)}.sh`

/**
 * An app's environment as two files that only root can read. The file for `docker --env-file` has no quotes: a value is all that
 * follows the `=`, on one line. A value that does not fit is written there as a bare name, which Docker looks up in its own
 * environment; the second file exports it, and the shell that starts Docker sources that file.
 */
export interface EnvironmentFiles {
  /** Lines `NAME=value` or `NAME`. */
  docker: Secret
  /** `export NAME='value'` for each value that does not fit on one line; empty if all fit. */
  shell: Secret
}

/** The length up to which Docker reads a line, in bytes. */
const longestLine = 60 * 1024
/** The length up to which the kernel passes on a variable with its name, its `=` and a NUL, in bytes. */
const longestValue = 128 * 1024

/** Variables that change what the docker program, its shell or its libraries do. */
const reserved =
  /^(PATH|HOME|IFS|ENV|PWD|OLDPWD|PPID|OPTIND|OPTARG|PS[1-4]|TERM|TMPDIR|LANG|LANGUAGE|LC_.*|BASH.*|DOCKER_.*|BUILDKIT_.*|LD_.*|GO[A-Z]+|OTEL_.*|XDG_.*|SSL_CERT_.*|SSH_.*|.*_PROXY)$/i

/** Whether a line of Docker's environment file gives this value exactly. */
const fitsOneLine = (name: string, value: string): boolean =>
  !value.includes('\n') && !value.endsWith('\r') && Buffer.byteLength(`${name}=${value}`) < longestLine

/**
 * The files that give a container exactly these variables.
 * @throws UsageError for a value that no environment can hold, or one of several lines under a name that Docker itself uses
 */
export function environmentFiles(app: string, values: Record<string, string | Secret>): EnvironmentFiles {
  const all = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? value.reveal() : value,
  ])
  for (const [name, value] of all) verify(app, name, value)
  const line = ([name, value]: [string, string]): string =>
    fitsOneLine(name, value) ? `${name}=${value}\n` : `${name}\n`
  const exported = all
    .filter(([name, value]) => !fitsOneLine(name, value))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
  return {
    docker: Secret.around(all.map(line).join(''), `environment of ${app}`),
    shell: Secret.around(exported.join(''), `environment of ${app}`),
  }
}

/** @throws UsageError for a value that the files cannot carry */
function verify(app: string, name: string, value: string): void {
  if (Buffer.from(value).toString() !== value)
    throw new UsageError(
      `${name} of ${app} contains half of a character (\\ud800 to \\udfff), which UTF-8 cannot encode`,
      { hint: 'Encode it (base64), and decode it in the app.' },
    )
  if (value.includes('\0'))
    throw new UsageError(`${name} of ${app} contains a NUL byte, which no environment can carry`, {
      hint: 'Encode it (base64), and decode it in the app.',
    })
  if (Buffer.byteLength(`${name}=${value}`) + 1 > longestValue) {
    throw new UsageError(`${name} of ${app} is longer than 128 KiB, which Linux passes on to no program`, {
      hint: 'Keep it in a file or in the database, and put its path or key into the environment.',
    })
  }
  if (reserved.test(name) && !fitsOneLine(name, value)) {
    throw new UsageError(
      `${name} of ${app} has several lines (or is very long), and Docker itself uses a variable of that name`,
      { hint: 'Give it another name in the app, or encode it (base64).' },
    )
  }
}
