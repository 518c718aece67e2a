/** The names of all kinds of reports, as --output and --report take them. */
export const outputs = ['tree', 'plain', 'json', 'junit', 'github', 'html'] as const

export type Output = (typeof outputs)[number]
