/** Where a server listens, and how the user wrote it. */
export interface Target {
  /** As reported: `http://localhost:8080`, `localhost:9090`, `https://host:443`. */
  readonly display: string;
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  /** What the REST operation's path is appended to: `""` or `/base`, without a trailing slash. */
  readonly basePath: string;
}

const LOOPBACK_NAMES = new Set(["localhost", "::1"]);

/** Whether a hostname can only mean this machine. */
export function isLoopback({ hostname }: Target): boolean {
  return LOOPBACK_NAMES.has(hostname) || hostname.endsWith(".localhost") ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a server of a run is on this machine, and shares it with the client. */
export function sharesMachine(targets: Readonly<Record<string, Target>>): boolean {
  return Object.values(targets).some(isLoopback);
}

/** `host:port`, with the brackets that an IPv6 literal needs. */
export function authorityOf({ hostname, port }: Target): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** The value of a Host field: RFC 9110 section 7.2, without the port where it is the scheme's own. */
export function hostFieldOf(target: Target): string {
  const ownPort = target.tls ? 443 : 80;
  return authorityOf(target).replace(new RegExp(`:${ownPort}$`), "");
}

/** The origin and base path that REST requests start with. */
export function restBaseOf(target: Target): string {
  return `${target.tls ? "https" : "http"}://${authorityOf(target)}${target.basePath}`;
}
