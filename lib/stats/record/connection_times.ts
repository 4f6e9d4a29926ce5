import type { ConnectionTiming } from "../../net/connection.ts";
import { DurationDistribution, type DurationSnapshot } from "./duration_distribution.ts";

/** Connection times as plain data. */
export interface ConnectionSnapshot {
  readonly total: DurationSnapshot;
  readonly tcp: DurationSnapshot;
  readonly tls: DurationSnapshot;
}

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

  reset(): void {
    this.total.reset();
    this.tcp.reset();
    this.tls.reset();
  }

  merge(other: ConnectionTimes): void {
    this.total.merge(other.total);
    this.tcp.merge(other.tcp);
    this.tls.merge(other.tls);
  }

  snapshot(): ConnectionSnapshot {
    return {
      total: this.total.snapshot(),
      tcp: this.tcp.snapshot(),
      tls: this.tls.snapshot(),
    };
  }

  add(snapshot: ConnectionSnapshot): void {
    this.total.add(snapshot.total);
    this.tcp.add(snapshot.tcp);
    this.tls.add(snapshot.tls);
  }
}
