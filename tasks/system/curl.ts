/** curl without root's own settings and without a proxy. A URL is taken as it is. */
export const curl = ['curl', '-q', '-sS', '--globoff', '--noproxy', '*'] as const
