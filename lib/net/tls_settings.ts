/** Who the client says it is, to a server that asks: PEM texts. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

/** How every client that speaks TLS checks its server, and shows itself to it. */
export interface TlsSettings {
  /** PEM texts of certificates that are trusted besides the machine's own. */
  readonly caCerts: readonly string[];
  readonly identity: ClientIdentity | null;
  /** Whether the server's certificate is checked at all. */
  readonly verifyServer: boolean;
}

/** What a program gets that sets nothing. */
export const DEFAULT_TLS: TlsSettings = { caCerts: [], identity: null, verifyServer: true };
