/** Long enough for what a person wrote, short enough for a line of a message or a report. */
const MOST_CHARACTERS = 300;

/**
 * Whoever writes a text decides how long it is: what comes from a server, a file or the command line is
 * cut to this bound where it enters a message or a report.
 */
export function cut(text: string, most = MOST_CHARACTERS): string {
  // Cut between the halves of a surrogate pair, the text would no longer be one.
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
