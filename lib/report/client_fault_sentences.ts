import type { OwnLimit } from "../net/own_limit.ts";
import type { ClientFaults } from "../stats/record/client_faults.ts";
import type { SideRecord } from "./side_record.ts";
import { countText } from "./number_text.ts";

/** What this machine ran out of, and what would let it have enough. */
const OWN_LIMIT_TEXT: Readonly<Record<OwnLimit, readonly [lacking: string, remedy: string]>> = {
  ports: [
    "free local ports",
    "fewer connections (-c) or a wider range of ports (net.ipv4.ip_local_port_range)",
  ],
  files: ["files that may be open", "a higher limit (ulimit -n) or fewer connections (-c)"],
  buffers: ["buffer space for sockets", "fewer connections (-c)"],
};

/** What this machine itself did to the run: no server is to blame for it. */
export function clientFaultSentences(
  faults: ClientFaults,
  sides: readonly [rest: SideRecord, grpc: SideRecord],
): string[] {
  return [...ownLimitSentences(faults, sides), ...standstillSentences(faults)];
}

function ownLimitSentences(
  { ownLimits, blocks }: ClientFaults,
  [rest, grpc]: readonly [rest: SideRecord, grpc: SideRecord],
): string[] {
  if (ownLimits.length === 0) return [];
  const lacking = ownLimits.map((limit) => OWN_LIMIT_TEXT[limit][0]).join(" and of ");
  const remedies = [...new Set(ownLimits.map((limit) => OWN_LIMIT_TEXT[limit][1]))].join("; ");
  return [
    `This machine ran out of ${lacking}, which is no server's fault: ` +
    `${countText(rest.client_failures)} REST and ${
      countText(grpc.client_failures)
    } gRPC requests ` +
    `failed by it, which are in no success rate, and ${blocksText(blocks)} in no verdict; ` +
    `${remedies} would help`,
  ];
}

function standstillSentences({ standstillMs, droppedRequests, blocks }: ClientFaults): string[] {
  if (standstillMs === 0) return [];
  return [
    `This machine stood still for ${
      (standstillMs / 1000).toFixed(1)
    } s (stopped, asleep or starved): ` +
    `the ${countText(droppedRequests)} requests of that time are in no statistic, and ` +
    `${blocksText(blocks)} in no verdict`,
  ];
}

function blocksText(blocks: number): string {
  return blocks === 1 ? "the block that it hit is" : `the ${blocks} blocks that it hit are`;
}
