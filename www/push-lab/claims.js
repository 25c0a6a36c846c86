// What is said of the techniques, held against the run's numbers. No browser in here.

const byId = (rows) => Object.fromEntries(rows.map((row) => [row.id, row]));
const whole = (value) => (value === null ? null : Math.round(value));

/**
 * Each claim: `key` in strings-*.js (`claim_…`, with its conditions), `params` for it, and `state`: `seen`, `unseen` (the numbers say
 * otherwise) or `untested` (the run did not have the conditions).
 *
 * `plan`: rate, size, delay, jitter, every, burst; `seconds`: for how long it has run.
 */
export function claimsOf(rows, plan, published, seconds) {
  const lanes = byId(rows);
  const [rate, delay, held, events, socket] = ['polling-rate', 'polling-delay', 'long-polling', 'event-stream', 'websocket'].map((id) => lanes[id]);
  const claim = (key, tested, holds, params) => ({ key, state: !tested ? 'untested' : holds ? 'seen' : 'unseen', params });
  const spread = Boolean(published > 0 && plan.burst === 1 && 1000 / plan.rate > 2 * (plan.delay + plan.jitter) + 50);
  return [
    claim('waste', published === 0, rate.requests >= 3 && delay.requests >= 3 && socket.requests === 1, {
      rate: rate.requests,
      delay: delay.requests,
      held: held.requests,
      socket: socket.requests,
      seconds: Math.round(seconds),
    }),
    claim('reorder', plan.jitter > plan.every && published > 0, rate.outOfOrder > 0 && delay.outOfOrder === 0, {
      rate: rate.outOfOrder,
      delay: delay.outOfOrder,
      held: held.outOfOrder,
      jitter: plan.jitter,
      every: plan.every,
    }),
    claim('held', spread, held.most <= 2 && held.requests >= 0.8 * held.received, {
      requests: held.requests,
      messages: held.received,
      open: held.open,
    }),
    claim('stream', published > 0 && events.reconnects === 0, events.requests === 1, { requests: events.requests, messages: events.received }),
    claim('socket', published >= 20 && socket.reconnects === 0, rows.every(({ id, perMessage }) => id === 'channel' || socket.perMessage <= perMessage), {
      each: whole(socket.perMessage),
      size: plan.size,
      rate: whole(rate.perMessage),
      held: whole(held.perMessage),
      events: whole(events.perMessage),
    }),
    claim('wait', published > 0 && plan.rate > 0 && plan.jitter === 0, delay.p50 > socket.p50 && rate.p50 > socket.p50, {
      rate: whole(rate.p50),
      delay: whole(delay.p50),
      socket: whole(socket.p50),
      every: plan.every,
    }),
  ];
}
