/** One user of the reference servers; spelled as in the REST answer. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly fullName: string;
  readonly phone: string;
  readonly city: string;
  readonly country: string;
  readonly active: boolean;
  readonly createdAt: string;
}

export const USER_COUNT = 10_000;

const FIRST_NAMES = ["Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Ken"];
const LAST_NAMES = ["Allen", "Dijkstra", "Hopper", "Liskov", "Lovelace", "Ritchie", "Turing"];
const PLACES = [
  ["Amsterdam", "NL"],
  ["Buenos Aires", "AR"],
  ["Kyoto", "JP"],
  ["Lagos", "NG"],
  ["London", "GB"],
  ["Oslo", "NO"],
  ["Pittsburgh", "US"],
  ["Toulouse", "FR"],
  ["Wellington", "NZ"],
] as const;
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);
const MINUTE_MS = 60_000;

const known: (User | undefined)[] = [];

/**
 * The user with this id, 1 to {@link USER_COUNT}: the same one in every process and every version. Made when it is
 * first asked for: a service would look it up.
 */
export function userById(id: number): User | null {
  if (!Number.isInteger(id) || id < 1 || id > USER_COUNT) return null;
  return known[id] ??= makeUser(id);
}

function makeUser(id: number): User {
  const first = pick(FIRST_NAMES, id);
  const last = pick(LAST_NAMES, id);
  const [city, country] = pick(PLACES, id);
  const username = `${first}.${last}.${id}`.toLowerCase();
  return {
    id,
    username,
    email: `${username}@example.com`,
    fullName: `${first} ${last}`,
    phone: `+1-555-${String(id).padStart(5, "0")}`,
    city,
    country,
    active: id % 10 !== 0,
    createdAt: new Date(FIRST_DAY_MS + id * 97 * MINUTE_MS).toISOString(),
  };
}

/** The lists' lengths share no divisor, so neighbouring ids differ in every field. */
function pick<T>(list: readonly T[], id: number): T {
  return list[id % list.length]!;
}
