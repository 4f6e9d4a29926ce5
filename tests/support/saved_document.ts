import { Ajv } from "ajv";
import assert from "node:assert/strict";
import type { Report } from "../../lib/report/report.ts";
import schema from "../../lib/report/report.schema.json" with { type: "json" };

const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
  .compile<Report>(schema);

/** Reads a JSON result, and fails unless it is as published and counts every request once. */
export function validReport(json: string): Report {
  const document: unknown = JSON.parse(json);
  assert(validate(document), JSON.stringify(validate.errors, null, 2));
  for (const summary of [document.rest, document.grpc]) {
    const { total_requests, successful_requests, failed_requests, errors } = summary;
    const errorCount = Object.values(errors).reduce((sum, count) => sum + count, 0);
    assert.equal(successful_requests + failed_requests, total_requests);
    assert.equal(errorCount, failed_requests);
  }
  return document;
}
