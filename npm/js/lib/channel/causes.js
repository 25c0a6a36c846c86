// Why a connection or the channel has ended, in words and as errors.

const BROKEN = ['frame', 'hello', 'no-hello', 'misplaced', 'jumped', 'repeated', 'accepted', 'elsewhere'];

/** A cause from the machine's numbers; `reason` is that of a close. */
export function causeOf(kind, a, b, c, reason = '') {
  switch (kind) {
    case 0:
      return { kind: 'closed' };
    case 1:
      return { kind: 'behind' };
    case 2:
      return { kind: 'put-away' };
    case 3:
      return { kind: 'ended', close: { code: a, reason, wasClean: b === 1 } };
    case 4:
      return { kind: 'timeout', ms: a };
    case 5:
      return { kind: 'silent', ms: a };
    case 6:
      return { kind: 'refused', status: a };
    case 7:
      return { kind: 'forgotten' };
    case 8:
      return { kind: 'protocol', error: { kind: BROKEN[a], ...(Number.isNaN(b) ? {} : { expected: b, found: c }) } };
    default:
      return { kind: 'not-made' };
  }
}

const WORDS = {
  closed: () => 'it was closed',
  behind: () => 'what was received has not been taken',
  'put-away': () => 'the page was put away',
  ended: ({ close: { code, reason } }) => `the connection ended with ${code}${reason && `: ${reason}`}`,
  timeout: ({ ms }) => `there was no answer within ${ms} ms`,
  silent: ({ ms }) => `nothing was heard for ${ms} ms`,
  refused: ({ status }) => `the server answered ${status}`,
  forgotten: () => 'the server has forgotten the session',
  protocol: ({ error: { kind, expected, found } }) => {
    return `the server broke the protocol: ${kind}${found === undefined ? '' : `, ${found} in the place of ${expected}`}`;
  },
  'not-made': () => 'the browser makes no such transport for this URL',
  'not-loaded': ({ error }) => `the module could not be loaded: ${error?.message ?? error}`,
  crashed: () => 'the module has failed',
};

/** The channel has ended. */
export class ChannelError extends Error {
  constructor(why) {
    super(WORDS[why.kind](why));
    this.name = 'ChannelError';
    this.why = why;
  }
}
