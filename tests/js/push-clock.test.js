// The waits of the push transports, where the page's timers come late.
import { expect } from './chai/index.js';
import { Watch } from './push/clock.js';
import { turn } from './support.js';

function block(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a wait with an end', () => {
  it('ends once, when its time is over, and counts from the last time it was set', async () => {
    let ends = 0;
    const watch = new Watch(() => (ends += 1));
    watch.set(60);
    for (let count = 0; count < 6; count += 1) {
      await sleep(20);
      watch.set(60);
    }
    expect(ends).to.equal(0);
    await sleep(150);
    expect(ends).to.equal(1);
  });

  it('can be made shorter, and cleared', async () => {
    let ends = 0;
    const watch = new Watch(() => (ends += 1));
    watch.set(60_000);
    watch.set(10);
    await sleep(60);
    expect(ends).to.equal(1);
    watch.set(10);
    watch.clear();
    await sleep(60);
    expect(ends).to.equal(1);
  });

  it('does not end at once where nobody could look: what has come meanwhile comes first', async () => {
    let ends = 0;
    const watch = new Watch(() => (ends += 1));
    watch.set(20);
    block(1200);
    await turn();
    await turn();
    expect(ends).to.equal(0);
    watch.set(60_000);
    await sleep(1100);
    expect(ends).to.equal(0);
    watch.set(20);
    block(1200);
    await sleep(1200);
    expect(ends).to.equal(1);
  });
});
