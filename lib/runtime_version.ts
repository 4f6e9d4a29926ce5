/**
 * The one place for which Deno this project runs on, and why.
 *
 * Pinned to 2.9.3: in 2.9.4, 2.9.5 and 2.9.6 a `node:http2` server, as grpc-js makes of itself for
 * `--grpc-server grpc-js`, aborts the whole process when a client that made thousands of calls closes
 * its connection (nghttp2 assertion `stream->closed_next == NULL`). Deno 2.6 and older lacks
 * `http2.getDefaultSettings`, without which grpc-js does not start.
 */
export const PINNED_DENO = "2.9.3";

const SERVER_ABORTS_IN = new Set(["2.9.4", "2.9.5", "2.9.6"]);
const FIRST_WITH_GRPC_JS = [2, 7] as const;

/** @returns What is known to go wrong when grpc-js serves on this version of Deno. */
export function grpcJsServerWarning(denoVersion: string): string | null {
  if (!SERVER_ABORTS_IN.has(denoVersion)) return null;
  return `Deno ${denoVersion} may abort the gRPC server of grpc-js when a client disconnects: ` +
    `use Deno ${PINNED_DENO}, or --grpc-server wire`;
}

/** @returns What is known to go wrong when the gRPC client runs on this version of Deno. */
export function clientWarning(denoVersion: string): string | null {
  const [major = 0, minor = 0] = denoVersion.split(".").map(Number);
  const [needMajor, needMinor] = FIRST_WITH_GRPC_JS;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return null;
  return `Deno ${denoVersion} is too old for grpc-js: use Deno ${PINNED_DENO}`;
}
