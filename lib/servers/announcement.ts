/** Where a pair of servers can be reached. */
export interface ServerAddresses {
  readonly restUrl: string;
  readonly grpcAddress: string;
}

/** The two lines that `serve` prints: for people to read, and for `demo` to find its servers by. */
export function announce({ restUrl, grpcAddress }: ServerAddresses): string {
  return `REST ${restUrl}\ngRPC ${grpcAddress}\n`;
}

/** @returns `null` until both lines have come. */
export function parseAnnouncement(text: string): ServerAddresses | null {
  const [, restUrl, grpcAddress] = /^REST (\S+)\ngRPC (\S+)\n/.exec(text) ?? [];
  return restUrl === undefined || grpcAddress === undefined ? null : { restUrl, grpcAddress };
}
