// One poll: a request that the server may hold, and the records of its answer, which are delivered as they arrive.
import { turn } from './clock.js';
import { malformed } from './fault.js';
import { CONTENT_TYPE, Records } from './frames.js';
import { CONNECTING } from './link.js';

async function ask({ link, requests }, url, wait, take) {
  const { timeout, opening, frame } = link.settings;
  const records = new Records(frame);
  const status = await requests.ask({
    url,
    headers: { accept: CONTENT_TYPE },
    begin: wait + (link.state === CONNECTING ? opening : timeout),
    idle: timeout,
    async take(bytes) {
      for (const data of records.push(bytes)) {
        // Another pause may have begun before this one's end was seen.
        while (link.gate()) await link.gate();
        take(data);
        const others = turn();
        if (others) await others;
      }
    },
  });
  if (status === 200) records.end();
  return status;
}

/** Fulfils with the answer: `hello` is null where there was nothing. Rejects with a Fault. */
export async function poll(driver, wait) {
  const { link } = driver;
  const answer = link.answer();
  const status = await ask(driver, link.query({ tl_wait: wait }), wait, (data) => link.take(data, answer));
  if (status === 204) link.nothing(answer);
  else if (answer.hello === null && !link.isDeaf) throw malformed('an answer has no hello', 'Place');
  return answer;
}

/** Asks, only to see whether the server would answer. Rejects with a Fault. */
export async function probe(driver) {
  await ask(driver, driver.link.query({ tl_wait: 0 }), 0, () => {});
}

/** Whether the server has more than it could put into its answer. `before`: the offset before it; one without progress has nothing more. */
export function hasMore({ hello }, link, before) {
  return hello !== null && link.offset !== before && hello.epoch === link.epoch && hello.offset > link.offset;
}
