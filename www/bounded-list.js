// A list on the page that shows the newest entries only and says how many it left out.
import { isAtEnd } from './dom.js';

/** Entries shown at most. */
export const MAX_ROWS = 500;

/**
 * Keeps the newest entries and draws them once a frame, however many arrive.
 * `draw(entry)` makes a node, `drawLeftOut(count)` the row for the older ones, `drawEmpty()` the row for none.
 */
export class BoundedList {
  #container;
  #scroller;
  #draw;
  #drawLeftOut;
  #drawEmpty;
  /** @type {{ entry: object, node: Node | null }[]} */
  #rows = [];
  #leftOut = 0;
  #head = null;
  #scheduled = false;

  constructor({ container, scroller, draw, drawLeftOut, drawEmpty }) {
    this.#container = container;
    this.#scroller = scroller;
    this.#draw = draw;
    this.#drawLeftOut = drawLeftOut;
    this.#drawEmpty = drawEmpty;
    this.redraw();
  }

  add(entry) {
    this.#rows.push({ entry, node: null });
    if (this.#rows.length > MAX_ROWS) {
      this.#rows.shift().node?.remove();
      this.#leftOut += 1;
    }
    this.#schedule();
  }

  /** Draws an entry anew after it has changed. */
  update(entry) {
    const row = this.#rows.find((candidate) => candidate.entry === entry);
    if (!row?.node) return;
    const node = this.#draw(entry);
    row.node.replaceWith(node);
    row.node = node;
  }

  clear() {
    this.#rows = [];
    this.#leftOut = 0;
    this.redraw();
  }

  /** Draws everything anew, as after a change of language. */
  redraw() {
    for (const row of this.#rows) row.node = null;
    this.#head = null;
    this.#container.replaceChildren();
    this.#render();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#render();
    });
  }

  #render() {
    const follow = isAtEnd(this.#scroller);
    this.#head?.remove();
    this.#head = null;
    if (this.#leftOut > 0) this.#head = this.#drawLeftOut(this.#leftOut);
    else if (this.#rows.length === 0) this.#head = this.#drawEmpty();
    if (this.#head) this.#container.prepend(this.#head);
    for (const row of this.#rows) {
      if (row.node) continue;
      row.node = this.#draw(row.entry);
      this.#container.append(row.node);
    }
    // Whoever has scrolled back to read stays there.
    if (follow) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
