import { Metadata } from "@grpc/grpc-js";
import type { TlsSettings } from "../../net/tls_settings.ts";
import type { Target } from "../../net/target.ts";
import type { MetadataField } from "../../requests/compiled_grpc.ts";
import { reflectSchema } from "../../requests/grpc/reflection.ts";
import type { SchemaSource } from "../../requests/grpc/schema_source.ts";
import { addTo, openClient } from "./grpc_js.ts";

/**
 * Asks a server itself for the schema of one of its services, with what the user sends with each call.
 *
 * @throws {ReflectionError} where it gives none.
 */
export async function reflectedSchema(
  target: Target,
  tls: TlsSettings,
  service: string,
  fields: readonly MetadataField[],
): Promise<SchemaSource> {
  const client = openClient(target, tls);
  const metadata = new Metadata();
  addTo(metadata, fields);
  try {
    return await reflectSchema(client, service, metadata);
  } finally {
    client.close();
  }
}
