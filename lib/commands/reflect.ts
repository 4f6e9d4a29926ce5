import { reflectedSchema } from "../clients/native/reflected_schema.ts";
import { InterruptedError, TargetUnavailableError } from "../errors.ts";
import type { Target } from "../net/target.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import type { TemplateField } from "../requests/definition.ts";
import { ReflectionError } from "../requests/grpc/reflection.ts";
import type { SchemaSource } from "../requests/grpc/schema_source.ts";
import { cut } from "../terminal/cut.ts";
import { quoted } from "../terminal/quoted.ts";

/** Whom to ask for a schema, and what for. */
interface Question {
  readonly target: Target;
  readonly tls: TlsSettings;
  readonly service: string;
  readonly metadata: readonly TemplateField[];
}

/**
 * Asks the gRPC server for the schema of a service.
 *
 * @throws {TargetUnavailableError} where it gives none; {@link InterruptedError} where the user stopped it.
 */
export async function reflect(
  { target, tls, service, metadata }: Question,
  interrupt: AbortSignal,
): Promise<SchemaSource> {
  const stopped = Promise.withResolvers<never>();
  const stop = () =>
    stopped.reject(
      new InterruptedError("Cannot show a result: stopped before anything was measured."),
    );
  interrupt.addEventListener("abort", stop);
  try {
    return await Promise.race([reflectedSchema(target, tls, service, metadata), stopped.promise]);
  } catch (error) {
    if (!(error instanceof ReflectionError)) throw error;
    throw new TargetUnavailableError(
      `Cannot learn the schema of ${quoted(service)} from the gRPC server at ${target.display}: ` +
        `${cut(error.message)}. Check --grpc-url, or give the schema with --proto or --protoset.`,
    );
  } finally {
    interrupt.removeEventListener("abort", stop);
  }
}
