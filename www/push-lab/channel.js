// The library's Channel as one more racer. The server has a lane of this name, whose handshakes can be blocked as all others': then it steps down,
// and it climbs again when they are let through. The npm package's class, as an application has it.
import { Channel } from '../tautline/channel.js';

/** Sooner than an application would, so that one sees it. */
const UPGRADE_MS = 2000;
const BACKOFF = { delayMs: 100, spreadMs: 200 };

class Racing extends Channel {
  constructor(url, options) {
    super(url, options);
    this.addEventListener('missed', () => this.dispatchEvent(new Event('gap')));
  }

  /** Shown beside its name. */
  get transport() {
    return this.kind;
  }
}

const open = (run, { every }) =>
  new Racing(run.url('channel'), {
    transports: ['websocket', 'event-stream', 'long-polling', 'polling'],
    backoff: BACKOFF,
    upgradeAfterMs: UPGRADE_MS,
    pollEveryMs: every,
    remember: false,
  });

export const CHANNEL = { id: 'channel', open, dash: [4, 2] };
