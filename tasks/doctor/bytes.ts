/** A number of bytes for a person: 12 MB, 1.5 GB. */
export const bytes = (count: number): string =>
  count < 1e9 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e9).toFixed(1)} GB`
