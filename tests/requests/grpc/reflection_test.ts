import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import protobuf from "protobufjs";
import descriptorJson from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };
import {
  REFLECTION_LIMITS,
  ReflectionError,
  reflectSchema,
} from "../../../lib/requests/grpc/reflection.ts";
import { compileSchema } from "../../../lib/requests/grpc/schema.ts";

const FileProto = protobuf.Root.fromJSON(descriptorJson).lookupType(
  "google.protobuf.FileDescriptorProto",
);

/** Two files, one importing the other, as protoc would describe them. */
const FILES = {
  "shop.proto": FileProto.encode(FileProto.fromObject({
    name: "shop.proto",
    package: "shop",
    dependency: ["money.proto"],
    syntax: "proto3",
    messageType: [{
      name: "Order",
      field: [{
        name: "total",
        number: 1,
        label: 1,
        type: 11,
        typeName: ".shop.Money",
        jsonName: "total",
      }],
    }],
    service: [{
      name: "Shop",
      method: [{ name: "Get", inputType: ".shop.Order", outputType: ".shop.Money" }],
    }],
  })).finish(),
  "money.proto": FileProto.encode(FileProto.fromObject({
    name: "money.proto",
    package: "shop",
    syntax: "proto3",
    messageType: [{
      name: "Money",
      field: [{ name: "units", number: 1, label: 1, type: 3, jsonName: "units" }],
    }],
  })).finish(),
} as const;

interface Question {
  readonly fileContainingSymbol?: string;
  readonly fileByFilename?: string;
}

type AnswerTo = (question: Question, metadata: Metadata) => Record<string, unknown> | null;

const { root } = protobuf.parse(`syntax = "proto3";
  message Request { string file_by_filename = 3; string file_containing_symbol = 4; }
  message Response { Files file_descriptor_response = 4; Refusal error_response = 7; }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Refusal { int32 error_code = 1; string error_message = 2; }`);
const [Request, Response] = [root.lookupType("Request"), root.lookupType("Response")];

const honest: AnswerTo = ({ fileContainingSymbol, fileByFilename }) => {
  const name = fileContainingSymbol === "shop.Shop" ? "shop.proto" : fileByFilename;
  const file = Object.hasOwn(FILES, name ?? "") ? FILES[name as keyof typeof FILES] : undefined;
  return file === undefined
    ? { errorResponse: { errorCode: status.NOT_FOUND, errorMessage: `no ${fileContainingSymbol}` } }
    : { fileDescriptorResponse: { fileDescriptorProto: [file] } };
};

/** A server that answers so; `null` keeps it silent. */
async function withReflection<T>(
  versions: readonly string[],
  answer: AnswerTo,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const server = new Server();
  for (const version of versions) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    server.addService({
      info: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: (value: Question) => Buffer.from(Request.encode(value).finish()),
        requestDeserialize: (bytes: Buffer) => Request.toObject(Request.decode(bytes)) as Question,
        responseSerialize: (value: object) =>
          Buffer.from(Response.encode(Response.fromObject(value)).finish()),
        responseDeserialize: (bytes: Buffer) => Response.decode(bytes),
      },
    }, {
      info: (call: ServerDuplexStream<Question, object>) => {
        call.on("data", (question: Question) => {
          const reply = answer(question, call.metadata);
          if (reply !== null) call.write(reply);
        });
        call.on("end", () => call.end());
        call.on("error", () => {});
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, bound) => error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.enable_http_proxy": 0,
  });
  try {
    return await use(client);
  } finally {
    client.close();
    server.forceShutdown();
  }
}

for (const versions of [["v1"], ["v1alpha"], ["v1", "v1alpha"]]) {
  Deno.test(`a server with reflection ${versions.join(" and ")} gives the schema of a service`, async () => {
    const source = await withReflection(
      versions,
      honest,
      (client) => reflectSchema(client, "shop.Shop", new Metadata()),
    );
    const { path, requestType, responseType } = compileSchema(source).method("shop.Shop/Get");
    assert.equal(path, "/shop.Shop/Get");
    assert.equal(requestType.fields["total"]?.resolve().resolvedType?.fullName, ".shop.Money");
    assert.equal(responseType.name, "Money");
  });
}

Deno.test("the user's metadata goes along: reflection may be behind the same login", async () => {
  const seen: unknown[] = [];
  const metadata = new Metadata();
  metadata.set("authorization", "Bearer t");
  await withReflection(
    ["v1"],
    (question, sent) => {
      seen.push(sent.get("authorization")[0]);
      return honest(question, sent);
    },
    (client) => reflectSchema(client, "shop.Shop", metadata),
  );
  assert.deepEqual(seen, ["Bearer t", "Bearer t"]);
});

const LIMITS = { ...REFLECTION_LIMITS, deadlineMs: 2000 };

for (
  const [name, versions, answer, expected] of [
    ["offers no reflection", [], honest, /offers no reflection, neither v1 nor v1alpha/],
    [
      "does not know the service",
      ["v1"],
      () => honest({ fileContainingSymbol: "x" }, new Metadata()),
      /the server says "no x"/,
    ],
    ["never answers", ["v1"], () => null, /DEADLINE_EXCEEDED/],
    [
      "describes file after file",
      ["v1"],
      ({ fileByFilename = "0" }: Question) => ({
        fileDescriptorResponse: {
          fileDescriptorProto: [
            FileProto.encode(FileProto.fromObject({
              name: fileByFilename,
              dependency: [String(Number(fileByFilename) + 1)],
            })).finish(),
          ],
        },
      }),
      /more than 50 files/,
    ],
    [
      "gives another file than it was asked for",
      ["v1"],
      () => ({ fileDescriptorResponse: { fileDescriptorProto: [FILES["shop.proto"]] } }),
      /did not give "money\.proto"/,
    ],
    [
      "sends what is no descriptor",
      ["v1"],
      () => ({
        fileDescriptorResponse: { fileDescriptorProto: [new Uint8Array([255, 255, 255])] },
      }),
      /does not decode/,
    ],
  ] as const
) {
  Deno.test(`a server that ${name} gives no schema, and says why`, async () => {
    await withReflection(versions, answer, async (client) => {
      await assert.rejects(
        reflectSchema(client, "shop.Shop", new Metadata(), { ...LIMITS, files: 50 }),
        (error) => {
          assert.ok(error instanceof ReflectionError, String(error));
          assert.match(error.message, expected);
          return true;
        },
      );
    });
  });
}

Deno.test("a schema beyond the bound in bytes is refused, and no other message is larger either", async () => {
  await withReflection(["v1"], honest, async (client) => {
    await assert.rejects(
      reflectSchema(client, "shop.Shop", new Metadata(), { ...LIMITS, bytes: 100 }),
      /more than .* bytes/,
    );
  });
});
