/** What a failure means for the person at the terminal, and what to do next. */
export interface Explanation {
  message: string
  hint: string
}

/** A failure that is recognized by what a command printed. */
export interface KnownFailure {
  pattern: RegExp
  /** @param subject what the command worked on, as it is named in the message: packages, an image */
  explain: (output: string, subject: string) => Explanation
}

/** The explanation of the first failure whose pattern matches; undefined if none matches. */
export const explainFailure = (
  failures: readonly KnownFailure[],
  output: string,
  subject: string,
): Explanation | undefined => failures.find(({ pattern }) => pattern.test(output))?.explain(output, subject)
