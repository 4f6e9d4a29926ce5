import type { OpenLoad, RateProfile } from "../plan/load_model.ts";

/** `500/s, uniform arrivals`; `0/s to 500/s over 30 s, …`; `100/s for 10 s, then 200/s for 10 s, …` */
export function rateText({ rate, arrivals }: OpenLoad): string {
  return `${profileText(rate)}, ${arrivals} arrivals`;
}

function profileText(profile: RateProfile): string {
  switch (profile.kind) {
    case "constant":
      return `${profile.perSecond}/s`;
    case "ramp":
      return `${profile.fromPerSecond}/s to ${profile.toPerSecond}/s over ${
        profile.overMs / 1000
      } s`;
    case "steps":
      return profile.steps.map(({ perSecond, durationMs }) =>
        `${perSecond}/s for ${durationMs / 1000} s`
      ).join(", then ");
  }
}
