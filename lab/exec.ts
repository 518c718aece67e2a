import { spawn } from 'node:child_process'

export interface ExecOptions {
  input?: string | Buffer
  env?: Record<string, string | undefined>
  cwd?: string
  /** Milliseconds after which the command is killed. */
  timeout?: number
}

export interface ExecResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command on this machine. @returns its output, whatever its exit status; 127 if it could not be started */
export function attempt(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const [file, ...args] = argv as [string, ...string[]]
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeout,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }))
    child.on('close', (code) =>
      resolve({ code: code ?? 137, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
    if (options.input !== undefined) child.stdin?.end(options.input)
  })
}

/** Runs a command that must succeed. @returns its standard output, trimmed @throws Error with the command's last lines */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options)
  if (code === 0) return stdout.trim()
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-25).join('\n')
  throw new Error(`${argv.slice(0, 6).join(' ')} … ended with ${code}:\n${tail}`)
}
