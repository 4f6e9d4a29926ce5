import { ConnectionError, type ConnectionOptions, openConnection } from "../net/connection.ts";
import type { Target } from "../net/target.ts";
import { ConnectionTimes } from "../stats/record/connection_times.ts";

/**
 * Times fresh connections (TCP, and TLS where the target uses it), `atOnce` at a time. Neither fetch
 * nor grpc-js tells how long its own took, so this is measured apart, alike for both protocols.
 * A connection that fails is left out: the run itself will meet and count that failure.
 */
export async function measureConnectionTime(
  target: Target,
  { count, atOnce, ...options }: ConnectionOptions & { count: number; atOnce: number },
): Promise<ConnectionTimes> {
  const times = new ConnectionTimes();
  let remaining = count;
  const lane = async () => {
    while (remaining-- > 0 && !options.giveUp?.aborted) {
      try {
        const { connection, timing } = await openConnection(target, options);
        times.record(timing);
        connection.close();
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane));
  return times;
}
