/** Options of `docker create` that keep a container's log from filling the disk (bytes × files). */
export const logOptions = ['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'] as const
