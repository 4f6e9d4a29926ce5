import { Ajv, type ErrorObject } from "ajv";
import { UsageError } from "../errors.ts";
import type { Report } from "./report.ts";
import schema from "./report.schema.json" with { type: "json" };

/**
 * Reads a result that an earlier run saved.
 *
 * @param source How the user named it, for messages.
 * @throws {UsageError} where the text is not such a document.
 */
export function parseSavedReport(text: string, source: string): Report {
  // The published schema is what decides: there is no second description of the document.
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile<Report>(schema);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw unusable(source, "it is not JSON");
  }
  if (!validate(document)) throw unusable(source, describe(validate.errors?.[0]));
  return document;
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return "it is no result";
  const place = error.instancePath === "" ? "the document" : `"${error.instancePath}"`;
  return `${place} ${error.message ?? "is not right"}`;
}

function unusable(source: string, reason: string): UsageError {
  return new UsageError(
    `Cannot report on the file "${source}": ${reason}; ` +
      'expected a result saved with "protoduel -r N -o json".',
  );
}
