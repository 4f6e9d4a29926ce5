/**
 * A side of which a larger share failed wins nothing by what it answered. Of all who asked, more than one in
 * ten got nothing: not even the 90th percentile of what they waited for is among the answers, and which
 * requests those are was decided by what fails. It is a matter of the requests that were sent, not of those
 * that might be, so that it takes no interval.
 */
export const LARGEST_FAILURE_SHARE = 0.1;
