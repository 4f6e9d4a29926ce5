import type { ServerBehaviour } from "../../lib/servers/behaviour.ts";
import {
  type ReferenceServers,
  startReferenceServers,
} from "../../lib/servers/reference_servers.ts";

/** Runs `body` against reference servers on free ports, and stops them whatever happens. */
export async function withReferenceServers<T>(
  body: (servers: ReferenceServers) => Promise<T>,
  behaviour: Partial<ServerBehaviour> = {},
): Promise<T> {
  const servers = await startReferenceServers({
    hostname: "127.0.0.1",
    restPort: 0,
    grpcPort: 0,
    latencyMs: 0,
    failureRate: 0,
    seed: 1,
    ...behaviour,
  });
  try {
    return await body(servers);
  } finally {
    await servers.close();
  }
}
