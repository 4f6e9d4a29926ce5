import type { ConnectionTiming } from "../net/connection.ts";
import { DurationDistribution } from "./duration_distribution.ts";

/** How long connections took to come about: the whole, and its parts. */
export class ConnectionTimes {
  readonly total = new DurationDistribution();
  readonly tcp = new DurationDistribution();
  /** Empty where the connections were plain. */
  readonly tls = new DurationDistribution();

  record({ tcpMs, tlsMs }: ConnectionTiming): void {
    this.total.record(tcpMs + (tlsMs ?? 0));
    this.tcp.record(tcpMs);
    if (tlsMs !== null) this.tls.record(tlsMs);
  }
}
