/** What the process tells its caller. Published: scripts depend on these numbers. */
export const ExitCode = {
  measured: 0,
  internalError: 1,
  badUsage: 2,
  targetUnavailable: 3,
  protocolWithoutSuccess: 4,
  thresholdMissed: 5,
  resultNotWritten: 6,
  interrupted: 130,
} as const;

export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
