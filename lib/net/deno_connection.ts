import type { Connection } from "./connection.ts";

/** The part of Deno's own runtime that its `Deno.Conn` reads and writes with. */
interface Runtime {
  readonly internalRidSymbol: symbol;
  read(resource: number, buffer: Uint8Array): Promise<number>;
  write(resource: number, bytes: Uint8Array): Promise<number>;
}

const runtime = findRuntime();

/**
 * A connection that reads and writes with as little around the system calls as Deno has: `Deno.Conn` makes
 * three promises for each read and two for each write, and keeps a set of reads that grows into the
 * old generation. Nothing of Deno's runtime is promised to stay as it is, so that where it is not found
 * the connection is used as it is.
 */
export function denoConnection(connection: Deno.Conn): Connection {
  const resource = runtime === null ? undefined : resourceOf(connection, runtime);
  return runtime === null || resource === undefined
    ? new PlainConnection(connection)
    : new DirectConnection(connection, runtime, resource);
}

class DirectConnection implements Connection {
  readonly #connection: Deno.Conn;
  readonly #runtime: Runtime;
  readonly #resource: number;

  constructor(connection: Deno.Conn, runtime: Runtime, resource: number) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#resource = resource;
  }

  read(buffer: Uint8Array): Promise<number> {
    return this.#runtime.read(this.#resource, buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#runtime.write(this.#resource, bytes);
  }

  close(): void {
    this.#connection.close();
  }
}

class PlainConnection implements Connection {
  constructor(readonly connection: Deno.Conn) {}

  async read(buffer: Uint8Array): Promise<number> {
    return await this.connection.read(buffer) ?? 0;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.connection.write(bytes);
  }

  close(): void {
    this.connection.close();
  }
}

function findRuntime(): Runtime | null {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (typeof internal !== "symbol") return null;
  const internals = Reflect.get(Deno, internal) as { readonly core?: Partial<Runtime> } | undefined;
  const { read, write, internalRidSymbol } = internals?.core ?? {};
  return typeof read === "function" && typeof write === "function" &&
      typeof internalRidSymbol === "symbol"
    ? { read, write, internalRidSymbol }
    : null;
}

function resourceOf(connection: Deno.Conn, { internalRidSymbol }: Runtime): number | undefined {
  const resource: unknown = Reflect.get(connection, internalRidSymbol);
  return typeof resource === "number" ? resource : undefined;
}
