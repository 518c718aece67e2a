/** curl that ignores root's own settings and any proxy, and takes a URL literally. */
export const curl = ['curl', '-q', '-sS', '--globoff', '--noproxy', '*'] as const
