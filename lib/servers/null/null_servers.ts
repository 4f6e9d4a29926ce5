import type { ReferenceServers } from "../reference_servers.ts";
import { listen } from "../listener.ts";
import { answeredBy } from "./answerer.ts";
import { GrpcAnswerer } from "./grpc_answerer.ts";
import { RestAnswerer } from "./rest_answerer.ts";

/**
 * Starts servers on free ports of the loopback interface that do nothing but answer, as fast as this
 * runtime can: what a client measures against them is its own cost, and the machine's.
 */
export function startNullServers(): ReferenceServers {
  const rest = listen("127.0.0.1", 0, () => answeredBy(new RestAnswerer()));
  const grpc = listen("127.0.0.1", 0, () => answeredBy(new GrpcAnswerer()));
  return {
    restUrl: `http://${rest.address}`,
    grpcAddress: grpc.address,
    close: async () => void await Promise.all([rest.close(), grpc.close()]),
  };
}
