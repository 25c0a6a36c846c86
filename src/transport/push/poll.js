// One poll: a request that the server may hold, and the records of its answer, which are delivered as they arrive.
import { CONTENT_TYPE, Records } from './frames.js';

/** Fulfils with the answer: `hello` is null where there was nothing. Rejects with a Fault. */
export async function poll({ link, requests }, wait) {
  const { timeout, frame } = link.settings;
  const answer = link.answer();
  const records = new Records(frame);
  const status = await requests.ask({
    url: link.query({ tl_wait: wait }),
    headers: { accept: CONTENT_TYPE },
    begin: wait + timeout,
    idle: timeout,
    async take(bytes) {
      for (const data of records.push(bytes)) {
        const gate = link.gate();
        if (gate) await gate;
        link.take(data, answer);
      }
    },
  });
  if (status === 204) link.nothing(answer);
  else records.end();
  return answer;
}

/** Whether the server has more than it could put into its answer. */
export function hasMore({ hello }, link) {
  return hello !== null && hello.epoch === link.epoch && hello.offset > link.offset;
}
