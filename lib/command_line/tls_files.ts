/** The files that TLS settings are read from, as the command line names them. */
export interface TlsFiles {
  /** Certificates to trust. */
  readonly ca: string | null;
  readonly identity: IdentityFiles | null;
  readonly verifyServer: boolean;
}

export interface IdentityFiles {
  readonly cert: string;
  readonly key: string;
}
