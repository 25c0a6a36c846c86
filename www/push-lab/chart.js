// Latency over time, one line a technique.
import uPlot from './uPlot.esm.js';
import { el } from '../dom.js';
import { formatCount, t } from '../i18n.js';

const HEIGHT = 260;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colourOf = (id) => colour(`--lane-${id}`);

/** Below a millisecond a logarithmic axis would show noise alone. */
const atLeastOne = (value) => (value === null ? null : Math.max(1, value));

/** Whole powers of ten around these, at least two of them. */
function decades(low, high) {
  const from = Math.floor(Math.log10(low));
  return [10 ** from, 10 ** Math.max(from + 2, Math.ceil(Math.log10(high)))];
}

export class Chart {
  #place;
  #lanes;
  #plot = null;
  #data;

  constructor(place, lanes) {
    this.#place = place;
    this.#lanes = lanes;
    this.#data = [[0, 20], ...lanes.map(() => [null, null])];
    new ResizeObserver(() => this.#resize()).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  /** Makes it anew: colours and words may have changed. */
  draw() {
    this.#plot?.destroy();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
    const options = {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { distr: 3, range: (_, low, high) => decades(low ?? 10, high ?? 1000) } },
      axes: [
        { ...axis, values: (_, splits) => splits.map((second) => t('seconds', { count: second })) },
        { ...axis, size: 76, values: (_, splits) => splits.map((value) => (/^10*$/.test(String(value)) ? t('msShort', { count: formatCount(value) }) : '')) },
      ],
      series: [
        {},
        ...this.#lanes.map(({ id, dash }) => ({ label: id, stroke: colourOf(id), width: 2, dash, spanGaps: true, points: { show: false } })),
      ],
    };
    this.#plot = new uPlot(options, this.#data, this.#place);
  }

  /** `seconds` of the points, and for each lane its medians. */
  show(seconds, medians) {
    this.#data = [seconds, ...medians.map((series) => series.map(atLeastOne))];
    this.#plot?.setData(this.#data);
  }

  #width() {
    return Math.max(200, this.#place.clientWidth);
  }

  #resize() {
    if (this.#plot && this.#plot.width !== this.#width()) this.#plot.setSize({ width: this.#width(), height: HEIGHT });
  }
}

/** The lines' names, with a sample of each. */
export function drawLegend(place, lanes) {
  const SVG = 'http://www.w3.org/2000/svg';
  place.replaceChildren(
    ...lanes.map(({ id, dash }) => {
      const sample = document.createElementNS(SVG, 'svg');
      const line = document.createElementNS(SVG, 'line');
      for (const [name, value] of Object.entries({ x1: 0, x2: 34, y1: 6, y2: 6, class: `lane-line lane-${id}`, 'stroke-dasharray': dash.join(' ') })) {
        line.setAttribute(name, String(value));
      }
      for (const [name, value] of Object.entries({ width: 34, height: 12, 'aria-hidden': 'true' })) sample.setAttribute(name, String(value));
      sample.append(line);
      return el('li', {}, sample, t(`name_${id}`));
    }),
  );
}
