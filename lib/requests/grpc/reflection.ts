/** A server's own word on its schema: gRPC Server Reflection Protocol, v1 and its forerunner v1alpha. */
import { type Client, type ClientDuplexStream, type Metadata, status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import protobuf from "protobufjs";
import descriptor from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };
import type { SchemaSource } from "./schema_source.ts";

/** Why a server gave no schema: what could not be had, as the end of a sentence. */
export class ReflectionError extends Error {
  override readonly name = "ReflectionError";
}

/** What is taken of a server at most: it decides what it sends. */
export interface ReflectionLimits {
  readonly files: number;
  readonly bytes: number;
  /** For the whole conversation. */
  readonly deadlineMs: number;
}

export const REFLECTION_LIMITS: ReflectionLimits = {
  files: 1000,
  bytes: 16 * 1024 * 1024,
  deadlineMs: 10_000,
};

const VERSIONS = ["v1", "v1alpha"] as const;

/**
 * Asks a server for the descriptors of one service and all that they import.
 *
 * @param service Its full name, as in `shop.v1.Shop`.
 * @param metadata What the user sends with each call: reflection may be behind the same login.
 * @throws {ReflectionError} where the server does not offer it, does not know the service, or goes beyond the limits.
 */
export async function reflectSchema(
  client: Client,
  service: string,
  metadata: Metadata,
  limits: ReflectionLimits = REFLECTION_LIMITS,
): Promise<SchemaSource> {
  for (const version of VERSIONS) {
    const conversation = new Conversation(client, version, metadata, limits.deadlineMs);
    try {
      return { kind: "descriptor-set", bytes: await descriptorsOf(conversation, service, limits) };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.code !== status.UNIMPLEMENTED) throw new ReflectionError(error.message);
    } finally {
      conversation.close();
    }
  }
  throw new ReflectionError("the server offers no reflection, neither v1 nor v1alpha");
}

async function descriptorsOf(
  conversation: Conversation,
  service: string,
  limits: ReflectionLimits,
): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const wanted: string[] = [];
  let bytes = 0;
  const take = ({ fileDescriptorResponse: found, errorResponse: refusal }: Answer) => {
    if (refusal !== undefined) {
      throw new ReflectionError(`the server says "${refusal.errorMessage}"`);
    }
    for (const file of found?.fileDescriptorProto ?? []) {
      const { name, dependency = [] } = fileDescriptor(file);
      if (files.has(name)) continue;
      bytes += file.length;
      files.set(name, file);
      if (files.size > limits.files || bytes > limits.bytes) {
        throw new ReflectionError(
          `its schema has more than ${limits.files} files or ${limits.bytes} bytes`,
        );
      }
      wanted.push(...dependency);
    }
  };
  take(await conversation.ask({ fileContainingSymbol: service }));
  for (let name: string | undefined; (name = wanted.pop()) !== undefined;) {
    if (files.has(name)) continue;
    take(await conversation.ask({ fileByFilename: name }));
    if (!files.has(name)) throw new ReflectionError(`the server did not give "${name}" when asked`);
  }
  return descriptorSet(files.values());
}

/** In a FileDescriptorSet each file stands behind its tag, field 1, and its length. */
function descriptorSet(files: Iterable<Uint8Array>): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const file of files) writer.uint32(1 << 3 | 2).bytes(file);
  return writer.finish();
}

function fileDescriptor(bytes: Uint8Array): { name: string; dependency?: string[] } {
  try {
    return FileDescriptorProto.toObject(FileDescriptorProto.decode(bytes), { defaults: false }) as {
      name: string;
      dependency?: string[];
    };
  } catch {
    throw new ReflectionError("the server sent a file descriptor that does not decode");
  }
}

/** What the server answers; one of the two. */
interface Answer {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly errorResponse?: { readonly errorMessage: string };
}

type Question = { readonly fileContainingSymbol: string } | { readonly fileByFilename: string };

class CallError extends Error {
  override readonly name = "CallError";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** One stream, on which a question is asked when the one before has been answered. */
class Conversation {
  readonly #call: ClientDuplexStream<Question, Answer>;
  #awaited: PromiseWithResolvers<Answer> | null = null;
  #failure: CallError | null = null;

  constructor(
    client: Client,
    version: typeof VERSIONS[number],
    metadata: Metadata,
    deadlineMs: number,
  ) {
    this.#call = client.makeBidiStreamRequest<Question, Answer>(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (question) => Buffer.from(Request.encode(Request.create(question)).finish()),
      (bytes) => Response.toObject(Response.decode(bytes), { defaults: false }) as Answer,
      metadata,
      { deadline: Date.now() + deadlineMs },
    );
    this.#call.on("data", (answer: Answer) => this.#awaited?.resolve(answer));
    this.#call.on(
      "error",
      (error: Error & { readonly code?: number; readonly details?: string }) => {
        this.#fail(new CallError(error.code ?? status.UNKNOWN, wordsOf(error)));
      },
    );
    this.#call.on("end", () => {
      this.#fail(new CallError(status.UNKNOWN, "the server ended the reflection stream"));
    });
  }

  ask(question: Question): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#awaited = Promise.withResolvers();
    this.#call.write(question);
    return this.#awaited.promise;
  }

  close(): void {
    this.#awaited = null;
    this.#call.cancel();
  }

  #fail(failure: CallError): void {
    this.#failure ??= failure;
    this.#awaited?.reject(failure);
  }
}

function wordsOf({ code, details, message }: Error & { code?: number; details?: string }): string {
  const name = code === undefined ? "" : `${status[code] ?? code}: `;
  return name + (details === undefined || details === "" ? message : details);
}

/** The parts of reflection.proto that are used; the field numbers are the same in both versions. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { oneof question { string file_by_filename = 3; string file_containing_symbol = 4; } }
  message Response { oneof answer { Files file_descriptor_response = 4; Refusal error_response = 7; } }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Refusal { int32 error_code = 1; string error_message = 2; }
`);
const Request = root.lookupType("Request");
const Response = root.lookupType("Response");
const FileDescriptorProto = protobuf.Root.fromJSON(descriptor)
  .lookupType("google.protobuf.FileDescriptorProto");
