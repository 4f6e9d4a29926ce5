import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { UsageError } from "../errors.ts";
import { isDeeperThan } from "../requests/json_depth.ts";
import type { SideRecord } from "./side_record.ts";
import { cut } from "../terminal/cut.ts";
import { quoted } from "../terminal/quoted.ts";
import { upToDateKnee } from "./knee_record.ts";
import type { Report } from "./report.ts";
import schema from "./report.schema.json" with { type: "json" };

/** Deeper than any result, now or later. */
const MAX_DEPTH = 100;

/** Made when first needed, and once: that takes far longer than to use it. */
let validator: ValidateFunction<Report> | null = null;

/**
 * Reads a result that an earlier run saved.
 *
 * @param source How the user named it, for messages.
 * @throws {UsageError} where the text is not such a document.
 */
export function parseSavedReport(text: string, source: string): Report {
  // The published schema is what decides: there is no second description of the document.
  const validate = validator ??= new Ajv({ strict: true, allowUnionTypes: true })
    .compile<Report>(schema);
  if (isDeeperThan(new TextEncoder().encode(text), MAX_DEPTH)) {
    throw unusable(source, "it is not JSON of that kind");
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw unusable(source, "it is not JSON");
  }
  if (!validate(document)) throw unusable(source, describe(validate.errors?.[0]));
  return upToDate(document);
}

/** A result that an earlier version saved lacks the keys that came later: their values do not exist. */
function upToDate(report: Report): Report {
  return {
    ...report,
    rest: sideUpToDate(report.rest),
    grpc: sideUpToDate(report.grpc),
    outages: report.outages ?? [],
    error_spells: report.error_spells ?? [],
    knee: report.knee === null ? null : upToDateKnee(report.knee),
    order_effect: report.order_effect ?? null,
    answer_check: report.answer_check ?? null,
  };
}

function sideUpToDate(summary: SideRecord): SideRecord {
  const { timing_breakdown: timing } = summary;
  return {
    ...summary,
    client_failures: summary.client_failures ?? 0,
    retried: summary.retried ?? null,
    wall_duration: summary.wall_duration ?? null,
    in_flight_kept: summary.in_flight_kept ?? null,
    open_load: summary.open_load && {
      ...summary.open_load,
      offered_rate: summary.open_load.offered_rate ?? null,
      sent_rate: summary.open_load.sent_rate ?? null,
      answered_rate: summary.open_load.answered_rate ?? null,
      held: summary.open_load.held ?? null,
    },
    timing_breakdown: { ...timing, connection_wait_time: timing.connection_wait_time ?? null },
  };
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return "it is no result";
  const place = error.instancePath === "" ? "the document" : `"${error.instancePath}"`;
  return `${place} ${error.message ?? "is not right"}`;
}

function unusable(source: string, reason: string): UsageError {
  return new UsageError(
    `Cannot report on the file ${quoted(source)}: ${cut(reason)}; ` +
      'expected a result saved with "protoduel -r N -o json".',
  );
}
