import { quote, Secret, UsageError } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** The environment of an app as `docker --env-file` reads it. */
export const environmentFile = (app: string): string => `${paths.app(app)}/app.env`

/** The values that `app.env` cannot carry, as exports that a shell sources before it starts Docker. Hosts that an old Cutover set up have none. */
export const exportsFile = (app: string): string => `${environmentFile(app)}.sh`

/**
 * An app's environment as two files that only root reads. Docker's own file (`--env-file`) has no quotes: a value is what stands
 * after the `=`, on one line. What it can't carry stands there as a bare name, which Docker looks up in its own environment; and
 * the second file, which is sourced by the shell that starts Docker, exports it.
 */
export interface EnvironmentFiles {
  /** Lines `NAME=value` or `NAME`. */
  docker: Secret
  /** Lines `export NAME='value'`, a value of several lines included; empty where there is none. */
  shell: Secret
}

/** Docker reads lines up to this length (bytes). */
const longestLine = 60 * 1024
/** The kernel takes a variable with its name, `=` and NUL up to this length (bytes), in any program. */
const longestValue = 128 * 1024

/** Variables that the docker program, its shell or its libraries take for themselves. */
const reserved =
  /^(PATH|HOME|IFS|ENV|PWD|OLDPWD|PPID|OPTIND|OPTARG|PS[1-4]|TERM|TMPDIR|LANG|LANGUAGE|LC_.*|BASH.*|DOCKER_.*|BUILDKIT_.*|LD_.*|GO[A-Z]+|OTEL_.*|XDG_.*|SSL_CERT_.*|SSH_.*|.*_PROXY)$/i

/** Whether a line of Docker's environment file gives this value exactly. */
export const fitsOneLine = (name: string, value: string): boolean =>
  !value.includes('\n') && !value.endsWith('\r') && Buffer.byteLength(`${name}=${value}`) < longestLine

/**
 * The files that give a container exactly these variables.
 * @throws UsageError for a value that no environment can hold, or one of several lines under a name that Docker itself listens to
 */
export function environmentFiles(app: string, values: Record<string, string | Secret>): EnvironmentFiles {
  const all = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? value.reveal() : value,
  ])
  for (const [name, value] of all) refuse(app, name, value)
  const line = ([name, value]: [string, string]): string =>
    fitsOneLine(name, value) ? `${name}=${value}\n` : `${name}\n`
  const exported = all
    .filter(([name, value]) => !fitsOneLine(name, value))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
  return {
    docker: new Secret(all.map(line).join(''), `environment of ${app}`),
    shell: new Secret(exported.join(''), `environment of ${app}`),
  }
}

function refuse(app: string, name: string, value: string): void {
  if (Buffer.from(value).toString() !== value)
    throw new UsageError(
      `${name} of ${app} holds half of a character (\\ud800 to \\udfff), which no text in UTF-8 can carry`,
      { hint: 'Encode it (base64), and decode it in the app.' },
    )
  if (value.includes('\0'))
    throw new UsageError(`${name} of ${app} holds a NUL byte, which no environment can carry`, {
      hint: 'Encode it (base64), and decode it in the app.',
    })
  if (Buffer.byteLength(`${name}=${value}`) + 1 > longestValue) {
    throw new UsageError(`${name} of ${app} is longer than 128 KiB, which Linux gives to no program`, {
      hint: 'Keep it in a file or in the database, and name its place in the environment.',
    })
  }
  if (reserved.test(name) && !fitsOneLine(name, value)) {
    throw new UsageError(
      `${name} of ${app} has several lines (or is very long), and Docker itself listens to a variable of that name`,
      { hint: 'Give it another name in the app, or encode it (base64).' },
    )
  }
}
