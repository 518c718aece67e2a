/** What a command printed, as it is, and its exit status. */
export class Output {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  constructor(stdout: string, stderr: string, exitCode: number) {
    this.stdout = stdout
    this.stderr = stderr
    this.exitCode = exitCode
  }

  /** Standard output without the line ends at its end, as `$(…)` gives it in a shell. */
  text(): string {
    return this.stdout.replace(/(?:\r?\n)+$/, '')
  }

  /** The lines of `text()`; none if it is empty. */
  lines(): string[] {
    const text = this.text()
    return text === '' ? [] : text.split(/\r?\n/)
  }

  /** Standard output, read as JSON. @throws SyntaxError */
  json(): unknown {
    return JSON.parse(this.stdout)
  }
}
