/** Options of `docker create` that keep the log of a container from filling the disk: three files of 10 MB at most. */
export const logOptions = ['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'] as const
