// A ladder diagram: the page at the left, the server at the right, time going down, and an arrow for everything that crossed.
import { t, formatCount } from '../i18n.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Wide, and for a phone: what is drawn keeps its size there, so that it can be read. */
const SHAPES = { wide: { width: 440, left: 86, right: 354 }, narrow: { width: 320, left: 80, right: 240 } };
const NARROW_PX = 400;
const TOP = 34;
const PX_PER_MS = 0.115;
/** Labels of arrows closer than this would cover each other. */
const LABEL_GAP = 13;

/** An SVG element. */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

const isUp = ({ what }) => what.kind === 'request' || what.up === true;

/** What an arrow is, in words. */
export function describeHop({ what, bytes }) {
  const size = t('hopBytes', { count: formatCount(bytes) });
  if (what.kind === 'request') return `${what.handshake ? 'GET + Upgrade' : 'GET'} · ${size}`;
  if (what.kind === 'answer') return `${what.status} · ${size}`;
  return size;
}

/** What the diagram shows until `now`: arrows with how far they are, and marks. All in milliseconds of the run's clock. */
export function arrowsOf({ hops, published, seen }, now) {
  const arrows = hops
    .filter(({ what, at_ms: at }) => what.kind !== 'open' && what.kind !== 'close' && at <= now)
    .map((hop) => {
      const span = hop.due_ms - hop.at_ms;
      return { hop, up: isUp(hop), at: hop.at_ms, due: hop.due_ms, done: span <= 0 ? 1 : Math.min(1, (now - hop.at_ms) / span) };
    });
  const marks = [
    ...published.filter(({ at }) => at <= now).map((mark) => ({ ...mark, side: 'server' })),
    ...seen.filter(({ at }) => at <= now).map((mark) => ({ ...mark, side: 'page' })),
  ];
  return { arrows, marks };
}

/** Counts of what crossed until `now`. */
export function sumsOf(hops) {
  const requests = hops.filter(({ what }) => what.kind === 'request').length;
  const empty = hops.filter(({ what }) => what.kind === 'answer' && what.status === 204).length;
  const sum = (list) => list.reduce((total, { bytes }) => total + bytes, 0);
  const up = sum(hops.filter(isUp));
  return { requests, empty, up, down: sum(hops) - up };
}

/** Draws into `place`. `length` is the run's, in milliseconds, so that the picture keeps its size. */
export function drawLadder(place, record, now, length) {
  const { width, left, right } = SHAPES[place.clientWidth < NARROW_PX ? 'narrow' : 'wide'];
  const height = TOP + length * PX_PER_MS + 16;
  const y = (ms) => TOP + ms * PX_PER_MS;
  const { arrows, marks } = arrowsOf(record, now);
  const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'ladder-svg', 'aria-hidden': 'true' });
  root.append(
    svg('text', { x: left, y: 16, class: 'ladder-end', 'text-anchor': 'middle' }, t('ladderPage')),
    svg('text', { x: right, y: 16, class: 'ladder-end', 'text-anchor': 'middle' }, t('ladderServer')),
  );
  for (let second = 0; second * 1000 <= length; second += 1) {
    root.append(
      svg('line', { x1: 28, x2: width, y1: y(second * 1000), y2: y(second * 1000), class: 'ladder-grid' }),
      svg('text', { x: 0, y: y(second * 1000) + 4, class: 'ladder-time' }, t('seconds', { count: second })),
    );
  }
  for (const x of [left, right]) root.append(svg('line', { x1: x, x2: x, y1: TOP - 8, y2: height - 8, class: 'ladder-life' }));
  const last = { true: -Infinity, false: -Infinity };
  for (const { hop, up, at, due, done } of arrows) {
    const [from, to] = up ? [left, right] : [right, left];
    const [x, end] = [from + (to - from) * done, y(at + (due - at) * done)];
    const way = hop.what.status === 204 ? 'empty' : up ? 'up' : 'down';
    root.append(svg('line', { x1: from, y1: y(at), x2: x, y2: end, class: `ladder-arrow ${way}` }));
    if (done === 1) root.append(head(to, end, from, y(at), way));
    // Beside the line on which it begins: there arrows of the other way do not begin.
    const middle = y(at) + 4;
    if (middle - last[up] >= LABEL_GAP) {
      const x = up ? from - 6 : from + 6;
      root.append(svg('text', { x, y: middle, class: `ladder-label ${way}`, 'text-anchor': up ? 'end' : 'start' }, shortLabel(hop)));
      last[up] = middle;
    }
  }
  for (const { at, side } of marks) {
    const x = side === 'server' ? right : left;
    root.append(svg('circle', { cx: x, cy: y(at), r: 6, class: 'ladder-message' }));
    const text = t(side === 'server' ? 'ladderPublished' : 'ladderSeen');
    // Above where the arrow begins, below where it ends: beside it.
    const beside = side === 'server' ? { x: x - 9, y: y(at) - 6, 'text-anchor': 'end' } : { x: x + 9, y: y(at) + 18, 'text-anchor': 'start' };
    root.append(svg('text', { ...beside, class: 'ladder-note' }, text));
  }
  if (now < length) root.append(svg('line', { x1: left - 8, x2: right + 8, y1: y(now), y2: y(now), class: 'ladder-now' }));
  place.replaceChildren(root);
}

/** Without the unit: the caption has it. */
function shortLabel({ what, bytes }) {
  const size = formatCount(bytes);
  if (what.kind === 'request') return `GET ${size}`;
  return what.kind === 'answer' ? `${what.status} · ${size}` : size;
}

function head(x, y, fromX, fromY, way) {
  const angle = Math.atan2(y - fromY, x - fromX);
  const corner = (turn) => `${x - 9 * Math.cos(angle + turn)},${y - 9 * Math.sin(angle + turn)}`;
  return svg('polygon', { points: `${x},${y} ${corner(0.42)} ${corner(-0.42)}`, class: `ladder-head ${way}` });
}
