const MIB = 1024 * 1024;

/** The largest content of an answer that a client takes, of either protocol: decompressed, where it was compressed. */
export const MAX_ANSWER_BYTES = 16 * MIB;
