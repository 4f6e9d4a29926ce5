import { authorityOf, type Target } from "../../../net/target.ts";
import type { MetadataField } from "../../../requests/compiled_grpc.ts";
import type { HeaderField } from "../hpack/header_field.ts";

const MAX_TIMEOUT_DIGITS = 8;

/**
 * The head of a unary call ("Request-Headers" in gRPC over HTTP/2). No `grpc-accept-encoding`: no
 * compression is asked for.
 *
 * @param path `/package.Service/Method`
 * @param metadata The user's own, the same in every call.
 */
export function requestHead(
  target: Target,
  path: string,
  timeoutMs: number,
  metadata: readonly MetadataField[],
): readonly HeaderField[] {
  const own = metadata.map(headerField);
  const isSaid = (name: string) => own.some((field) => field.name === name);
  return [
    { name: ":method", value: "POST" },
    { name: ":scheme", value: target.tls ? "https" : "http" },
    { name: ":path", value: path },
    { name: ":authority", value: authorityOf(target) },
    { name: "te", value: "trailers" },
    { name: "grpc-timeout", value: grpcTimeout(timeoutMs) },
    { name: "content-type", value: "application/grpc" },
    ...(isSaid("user-agent") ? [] : [{ name: "user-agent", value: "protoduel" }]),
    ...own,
  ];
}

/** A field of the metadata as it is on the wire: bytes in base64, without what fills it up. */
export function headerField([name, value]: MetadataField): HeaderField {
  return { name, value: name.endsWith("-bin") ? value.replace(/=+$/, "") : value };
}

/** Whole milliseconds, or seconds where those would take more than the eight digits allowed. */
export function grpcTimeout(timeoutMs: number): string {
  const milliseconds = String(Math.ceil(timeoutMs));
  return milliseconds.length <= MAX_TIMEOUT_DIGITS
    ? `${milliseconds}m`
    : `${Math.ceil(timeoutMs / 1000)}S`;
}
