/**
 * The protos that everybody imports and nobody has beside their own. protobufjs brings them all, but
 * registers only some: these two packages are added to those that it finds by name.
 */
import protobuf from "protobufjs";
import annotations from "protobufjs/google/api/annotations.json" with { type: "json" };
import http from "protobufjs/google/api/http.json" with { type: "json" };
import descriptor from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };

// A name without an extension means google/protobuf/NAME.proto.
protobuf.common("descriptor", descriptor.nested.google.nested.protobuf.nested);
protobuf.common("google/api/http.proto", http.nested);
protobuf.common("google/api/annotations.proto", annotations.nested);

/** What a well-known import holds; `null` where the name is none of them. */
export function wellKnownProto(name: string): protobuf.INamespace | null {
  return protobuf.common.get(name);
}
