/**
 * What one looks through: `native` shows what a program sees that uses fetch and grpc-js, their own
 * cost included; `wire` shows the server, through clients that cost next to nothing.
 */
export const LENSES = ["native", "wire"] as const;

export type Lens = typeof LENSES[number];
