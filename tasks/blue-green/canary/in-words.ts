/** Seconds for a person: 90 s, 5 min, 2 h. */
export const inWords = (seconds: number): string =>
  seconds >= 7200 && seconds % 3600 === 0
    ? `${seconds / 3600} h`
    : seconds >= 120 && seconds % 60 === 0
      ? `${seconds / 60} min`
      : `${seconds} s`
