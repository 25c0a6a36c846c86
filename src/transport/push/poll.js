// One poll: a request that the server may hold, and the records of its answer, which are delivered as they arrive.
import { CONTENT_TYPE, Records, readFrame, readHello } from './frames.js';
import { CONNECTING } from './link.js';

async function ask({ link, requests }, url, wait, take) {
  const { timeout, frame } = link.settings;
  const records = new Records(frame);
  const status = await requests.ask({
    url,
    headers: { accept: CONTENT_TYPE },
    begin: wait + timeout,
    idle: timeout,
    async take(bytes) {
      for (const data of records.push(bytes)) {
        const gate = link.gate();
        if (gate) await gate;
        take(data);
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
  if (status === 200) return answer;
  link.nothing(answer);
  if (link.state !== CONNECTING || driver.requests.isStopped) return answer;
  // The session is known, and there is nothing for it: its hello comes to one that asks for what is new from now on.
  const frames = [];
  await ask(driver, link.urlOf({ tl_session: link.settings.session, tl_wait: 0 }), 0, (data) => frames.length < 1 && frames.push(data));
  if (frames.length === 1 && link.state === CONNECTING) {
    const { number, payload } = readFrame(frames[0]);
    const { epoch, after } = readHello(number, payload);
    if (epoch === link.epoch && after === link.offset) {
      const greeting = link.answer();
      link.take(frames[0], greeting);
      return greeting;
    }
  }
  // Something has come meanwhile.
  return poll(driver, 0);
}

/** Asks, only to see whether the server would answer. Rejects with a Fault. */
export async function probe(driver) {
  await ask(driver, driver.link.query({ tl_wait: 0 }), 0, () => {});
}

/** Whether the server has more than it could put into its answer. */
export function hasMore({ hello }, link) {
  return hello !== null && hello.epoch === link.epoch && hello.offset > link.offset;
}
