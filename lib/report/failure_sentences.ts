import type { SideRecord } from "./side_record.ts";
import { LARGEST_FAILURE_SHARE } from "../stats/record/failure_share.ts";
import type { VerdictName } from "./judgement.ts";
import { countText, percentText } from "./number_text.ts";

/** Of the error types of one side, the most frequent ones say what went wrong. */
const TOLD_ERROR_TYPES = 3;

/**
 * Said before anything else: what fails is not served, however fast the rest is.
 *
 * @param primary The verdict on the primary metric.
 * @param apart Whether outages were told of, and left out of the verdicts: what they cost is said by then.
 */
export function failureSentences(
  sides: readonly [rest: SideRecord, grpc: SideRecord],
  primary: VerdictName,
  apart: boolean,
): string[] {
  const differ = primary === "error rates differ";
  const tooMany = primary === "too many failures" || !apart && sides.some(mostlyLost);
  if (!differ && !tooMany) return [];
  const start = differ ? "Error rates differ" : "Too many failures";
  const [rest, grpc] = sides.map(failuresOf);
  return [
    `${start}: ${rest} of the REST requests failed${
      causesOf(sides[0])
    } and ${grpc} of the gRPC ones` +
    `${causesOf(sides[1])}, so no winner is named on time, size or rate`,
  ];
}

/** Says that a side has nothing to compare, and why. */
export function withoutSuccess(summary: SideRecord): string {
  const { protocol, total_requests: total } = summary;
  return total === 0
    ? `${protocol} was not measured: no request had ended`
    : `${protocol} had no successful request in ${total}${causesOf(summary)}`;
}

function mostlyLost({ success_rate: rate }: SideRecord): boolean {
  return rate !== null && 100 - rate > 100 * LARGEST_FAILURE_SHARE;
}

function failuresOf({ success_rate: rate }: SideRecord): string {
  return percentText(rate === null ? null : 100 - rate);
}

/** ` (HTTP 503 5,700, Connection Timeout 12)`; empty where nothing failed. */
function causesOf({ errors }: SideRecord): string {
  const causes = Object.entries(errors).sort(([, a], [, b]) => b - a);
  if (causes.length === 0) return "";
  const told = causes.slice(0, TOLD_ERROR_TYPES)
    .map(([errorType, count]) => `${errorType} ${countText(count)}`);
  const others = causes.slice(TOLD_ERROR_TYPES).reduce((sum, [, count]) => sum + count, 0);
  const rest = others === 0 ? [] : [`others ${countText(others)}`];
  return ` (${[...told, ...rest].join(", ")})`;
}
