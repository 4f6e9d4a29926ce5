/** The labels of the CSV rows that the specification names, in its order. */
export const SPECIFIED_ROWS = [
  "Total Requests",
  "Successful Requests",
  "Success Rate %",
  "Avg Response Time (ms)",
  "Median Response Time (ms)",
  "P95 Response Time (ms)",
  "Avg Payload Size (bytes)",
  "Total Bytes Transferred",
  "Throughput (req/s)",
  "Network Efficiency (bytes/ms)",
];
