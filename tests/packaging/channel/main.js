import { Channel } from 'tautline/channel';
import { show } from '../shared/show.js';

/** What comes back of what is sent, and what has become of it. */
async function echo(url) {
  const channel = new Channel(new URL(`/channel/packaging-${Math.random().toString(36).slice(2)}`, url));
  const reader = channel.messages();
  const fate = await channel.sendConfirmed('hello');
  const { value } = await reader.next();
  channel.close();
  return `${value.offset}: ${value.data}, ${fate}, closed: ${(await channel.closed).kind}`;
}

show(echo(new URLSearchParams(location.search).get('url')));
