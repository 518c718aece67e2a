/** What PostgreSQL writes to its log or answers while something is wrong, and what that means. */
const troubles: readonly (readonly [RegExp, string])[] = [
  [
    /no space left on device|could not extend file/i,
    "The disk is full. No data that was committed is lost. See what fills it (df -h; docker system df), make room, and run this again. PostgreSQL's own files are never what may be removed by hand.",
  ],
  [
    /redo (starts|in progress)|automatic recovery in progress|database system is starting up|syncing data directory/i,
    'It is still starting: it was not shut down in order, and reads its log first, which may take minutes. Nothing is lost. Wait until the log says "ready to accept connections", and run this again.',
  ],
  [
    /could not map anonymous shared memory|cannot allocate memory|out of memory/i,
    'The host has too little memory for its parameters: a lower shared_buffers or max_connections in postgres.parameters.',
  ],
  [
    /password authentication failed/i,
    "Somebody logs in with another password than PostgreSQL has. A release makes it the inventory's: deploy.",
  ],
]

/** What a log or a message of PostgreSQL means, and what to do; undefined if it is none of what is known. */
export const explainPostgres = (log: string): string | undefined => troubles.find(([pattern]) => pattern.test(log))?.[1]
