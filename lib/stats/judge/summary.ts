import type { LoadDuration } from "../record/block_ledger.ts";
import type { ConnectionTimes } from "../record/connection_times.ts";
import type { DurationDistribution } from "../record/duration_distribution.ts";
import { meanInFlight } from "../record/in_flight.ts";
import type { Recorder } from "../record/recorder.ts";
import { isHeld, type Pace } from "../record/pace.ts";
import { ScheduledTimes } from "../record/scheduled_times.ts";

/** One phase of the timing breakdown, in milliseconds over `samples` observations. */
export interface PhaseSummary {
  readonly samples: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** `null` where this client cannot see the phase, or nothing succeeded. */
export interface TimingBreakdown {
  readonly connection_time: PhaseSummary | null;
  readonly tcp_time: PhaseSummary | null;
  readonly tls_time: PhaseSummary | null;
  /** Without a connection to be sent on; a part of the response time, as all that follow. */
  readonly connection_wait_time: PhaseSummary | null;
  readonly stream_wait_time: PhaseSummary | null;
  readonly first_byte_time: PhaseSummary | null;
  readonly download_time: PhaseSummary | null;
}

/** How an open load kept to its intended send times; response times are counted from those. */
export interface OpenLoadSummary {
  /** Requests per second that fell due. */
  readonly offered_rate: number | null;
  /** Requests per second that were sent, until the last one was, where that took longer than usual. */
  readonly sent_rate: number | null;
  /** Answers per second, until the last one was there, where that took longer than usual. */
  readonly answered_rate: number | null;
  /** Whether the rate was held: see `isHeld`. `null` in a result that was saved before there was such a key. */
  readonly held: boolean | null;
  /** Requests whose time had come, and that were never sent: they are no part of `total_requests`. */
  readonly unsent_requests: number;
  /** From the actual sending to the end of the response, of the successes. */
  readonly service_time: PhaseSummary | null;
  /** How late the client sent what found a place in flight. */
  readonly send_delay: PhaseSummary | null;
  /** How late it sent what had to wait for a place. */
  readonly queue_wait: PhaseSummary | null;
}

/**
 * One contender's result, spelled as in the JSON document: times in ms, sizes in bytes, duration in
 * seconds, rates per second. `null` is a value that does not exist, as without a single success.
 */
export interface Summary {
  readonly total_requests: number;
  readonly successful_requests: number;
  readonly failed_requests: number;
  /** Of those, the ones that got no answer in time: their response times are in no statistic. */
  readonly timed_out_requests: number;
  /** Requests that the client sent again, as the protocol allows, each counted once; `null` where it does not tell. */
  readonly retried: number | null;
  /** Of `failed_requests`, those that this machine made itself: they are in no success rate. */
  readonly client_failures: number;
  readonly success_rate: number | null;
  readonly avg_response_time: number | null;
  readonly min_response_time: number | null;
  readonly max_response_time: number | null;
  readonly median_response_time: number | null;
  readonly p95_response_time: number | null;
  readonly p99_response_time: number | null;
  readonly stddev_response_time: number | null;
  readonly avg_payload_size: number | null;
  readonly total_bytes_transferred: number;
  /** What the successes moved below TLS, framing and heads included; `null` where nobody saw it. */
  readonly wire_bytes_sent: number | null;
  readonly wire_bytes_received: number | null;
  /** How many requests of a closed load were at the server at a time, on average; `null` where nobody saw it. */
  readonly in_flight_kept: number | null;
  readonly throughput: number | null;
  readonly data_transfer_rate: number | null;
  readonly network_efficiency: number | null;
  /** How long places in flight were taken on average; of an open load, how long requests were due. */
  readonly total_duration: number;
  /** By the clock; `null` in a result that was saved before there was such a key. */
  readonly wall_duration: number | null;
  readonly errors: Readonly<Record<string, number>>;
  readonly timing_breakdown: TimingBreakdown;
  /** `null` where the load was closed. */
  readonly open_load: OpenLoadSummary | null;
}

/** What one contender's part of a run left behind. */
export interface MeasuredPhase {
  readonly recorder: Recorder;
  readonly duration: LoadDuration;
  /** `null` of a closed load. */
  readonly pace: Pace | null;
  /** How long connections took: those of the client itself where it tells, else others like them. */
  readonly connectionTimes: ConnectionTimes;
}

/** What a client sees of a load besides its answers: `at-server` is how many requests are there. */
export type LoadSight = "answers" | "at-server";

export function summarize(
  phase: MeasuredPhase,
  sight: LoadSight = "answers",
): Summary {
  const { recorder, connectionTimes } = phase;
  const responseTime = recorder.responseTime.statistics();
  const durationSeconds = phase.duration.totalMs / 1000;
  const averagePayloadBytes = ratio(recorder.payloadBytes, recorder.successes);
  return {
    total_requests: recorder.finished,
    successful_requests: recorder.successes,
    failed_requests: recorder.failures,
    timed_out_requests: recorder.timeouts,
    retried: recorder.retried,
    client_failures: recorder.ownFailures,
    success_rate: ratio(recorder.successes * 100, recorder.finished - recorder.ownFailures),
    avg_response_time: responseTime?.mean ?? null,
    min_response_time: responseTime?.min ?? null,
    max_response_time: responseTime?.max ?? null,
    median_response_time: responseTime?.p50 ?? null,
    p95_response_time: responseTime?.p95 ?? null,
    p99_response_time: responseTime?.p99 ?? null,
    stddev_response_time: responseTime?.stddev ?? null,
    avg_payload_size: averagePayloadBytes,
    total_bytes_transferred: recorder.payloadBytes,
    wire_bytes_sent: recorder.wireBytes?.sent ?? null,
    wire_bytes_received: recorder.wireBytes?.received ?? null,
    in_flight_kept: sight === "at-server" ? meanInFlight(recorder, phase.duration.totalMs) : null,
    throughput: ratio(recorder.successes, durationSeconds),
    data_transfer_rate: ratio(recorder.payloadBytes, durationSeconds),
    network_efficiency: networkEfficiency(averagePayloadBytes, responseTime?.mean ?? null),
    total_duration: durationSeconds,
    wall_duration: phase.duration.wallMs / 1000,
    errors: recorder.failuresByType,
    timing_breakdown: {
      connection_time: summarizePhase(connectionTimes.total),
      tcp_time: summarizePhase(connectionTimes.tcp),
      tls_time: summarizePhase(connectionTimes.tls),
      connection_wait_time: summarizePhase(recorder.connectionWait),
      stream_wait_time: summarizePhase(recorder.streamWait),
      first_byte_time: summarizePhase(recorder.firstByte),
      download_time: summarizePhase(recorder.download),
    },
    open_load: phase.pace === null
      ? null
      : summarizeOpenLoad(phase.pace, recorder.scheduled ?? new ScheduledTimes()),
  };
}

/** Bytes of payload per millisecond of response time. */
export function networkEfficiency(
  averagePayloadBytes: number | null,
  averageResponseTimeMs: number | null,
): number | null {
  if (averagePayloadBytes === null || averageResponseTimeMs === null) return null;
  return ratio(averagePayloadBytes, averageResponseTimeMs);
}

function summarizeOpenLoad(pace: Pace, scheduled: ScheduledTimes): OpenLoadSummary {
  return {
    offered_rate: ratio(pace.due * 1000, pace.dueMs),
    sent_rate: ratio(pace.sent * 1000, pace.sendingMs),
    answered_rate: ratio(pace.answered * 1000, pace.answeringMs),
    held: isHeld(pace),
    unsent_requests: scheduled.unsent,
    service_time: summarizePhase(scheduled.serviceTime),
    send_delay: summarizePhase(scheduled.sendDelay),
    queue_wait: summarizePhase(scheduled.queueWait),
  };
}

function summarizePhase(distribution: DurationDistribution): PhaseSummary | null {
  const statistics = distribution.statistics();
  if (statistics === null) return null;
  const { samples, mean, p50, p95, p99 } = statistics;
  return { samples, mean, p50, p95, p99 };
}

/** `null` where the divisor is 0: such a ratio does not exist, and JSON could not carry it. */
function ratio(dividend: number, divisor: number): number | null {
  return divisor === 0 ? null : dividend / divisor;
}
