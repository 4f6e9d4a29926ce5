import { Http2SubchannelConnector } from "@grpc/grpc-js/build/src/transport.js";
import type { ClientHttp2Session } from "node:http2";
import { errorCodeName } from "../wire/http2/error_code.ts";

/** What grpc-js keeps to itself: every part is optional, as another version may keep it elsewhere. */
interface TransportParts {
  readonly session?: ClientHttp2Session;
  /** Whether its end has been told to whoever listened by then. */
  readonly disconnectHandled?: boolean;
}

type Transport = Awaited<ReturnType<Http2SubchannelConnector["connect"]>>;

/** With which code the server said that it goes away, on each connection where it did. */
const farewells = new WeakMap<ClientHttp2Session, number>();

/** `the server sent GOAWAY (ENHANCE_YOUR_CALM)`; `null` where it has sent none on this connection. */
export function farewellOf(session: ClientHttp2Session | undefined): string | null {
  const code = session === undefined ? undefined : farewells.get(session);
  return code === undefined ? null : `the server sent GOAWAY (${errorCodeName(code)})`;
}

/** Connections in a row that end as soon as they have begun, before that counts as a failure of what waits. */
const MOST_STILLBORN = 3;

/**
 * Mends one thing about how grpc-js connects. A server may end a connection as soon as it has begun, before
 * grpc-js listens for that: it then takes the connection for a good one for ever, and sends its calls again
 * and again without a pause, in which neither a timer nor a signal is heard. Such a connection has not come
 * about: it is tried again a few times, and then fails as one that is refused.
 */
export function mendConnector(): void {
  const { prototype } = Http2SubchannelConnector;
  const connect = prototype.connect;
  prototype.connect = async function (...settings): Promise<Transport> {
    let farewell: string | null = null;
    for (let tried = 0; tried < MOST_STILLBORN; tried++) {
      const transport = await connect.apply(this, settings);
      const parts: TransportParts = transport as unknown as TransportParts;
      if (parts.disconnectHandled !== true) {
        tellLateListeners(transport, parts);
        return transport;
      }
      farewell = farewellOf(parts.session);
      parts.session?.destroy();
    }
    throw `${farewell ?? "the server ended the connection"} as soon as it was connected`;
  };
  rememberFarewells(prototype as unknown as SessionMaker);
}

/** Some turns still pass until grpc-js listens. */
function tellLateListeners(transport: Transport, parts: TransportParts): void {
  const listen = transport.addDisconnectListener.bind(transport);
  transport.addDisconnectListener = (listener) => {
    if (parts.disconnectHandled === true) listener(false);
    else listen(listener);
  };
}

interface SessionMaker {
  session?: ClientHttp2Session | null;
  createSession?(...settings: unknown[]): Promise<unknown>;
}

function rememberFarewells(prototype: SessionMaker): void {
  const createSession = prototype.createSession;
  if (createSession === undefined) return;
  prototype.createSession = function (this: SessionMaker, ...settings) {
    const created = createSession.apply(this, settings);
    const { session } = this;
    // grpc-js drops all listeners as the settings come: this one comes after that, still in the same turn.
    session?.once("remoteSettings", () => {
      session.once("goaway", (code) => void farewells.set(session, code));
    });
    return created;
  };
}
