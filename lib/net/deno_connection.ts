import type { Connection } from "./connection.ts";

/** The part of Deno's own runtime that its `Deno.Conn` reads and writes with. */
export interface SocketOperations {
  readonly internalRidSymbol: symbol;
  read(resource: number, buffer: Uint8Array): Promise<number>;
  write(resource: number, bytes: Uint8Array): Promise<number>;
}

const found = findSocketOperations();

/**
 * A connection that reads and writes with as little around the system calls as Deno has: `Deno.Conn` makes
 * three promises for each read and two for each write, and keeps a set of reads that grows into the
 * old generation. Deno promises nothing of its own runtime, so that a connection is used as it is where
 * the operations are not found.
 */
export function denoConnection(
  connection: Deno.Conn,
  operations: SocketOperations | null = found,
): Connection {
  if (operations === null) return new PlainConnection(connection);
  const resource: unknown = Reflect.get(connection, operations.internalRidSymbol);
  return typeof resource === "number"
    ? new DirectConnection(connection, operations, resource)
    : new PlainConnection(connection);
}

class DirectConnection implements Connection {
  readonly #connection: Deno.Conn;
  readonly #operations: SocketOperations;
  readonly #resource: number;

  constructor(connection: Deno.Conn, operations: SocketOperations, resource: number) {
    this.#connection = connection;
    this.#operations = operations;
    this.#resource = resource;
  }

  read(buffer: Uint8Array): Promise<number> {
    return this.#operations.read(this.#resource, buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#operations.write(this.#resource, bytes);
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

/** @returns `null` where this Deno keeps them elsewhere. */
export function findSocketOperations(): SocketOperations | null {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (typeof internal !== "symbol") return null;
  const internals: { readonly core?: Partial<SocketOperations> } | undefined = Reflect.get(
    Deno,
    internal,
  );
  const { read, write, internalRidSymbol } = internals?.core ?? {};
  return typeof read === "function" && typeof write === "function" &&
      typeof internalRidSymbol === "symbol"
    ? { read, write, internalRidSymbol }
    : null;
}
