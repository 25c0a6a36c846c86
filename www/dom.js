// Small helpers over the DOM. Text only ever enters as text nodes, so received data can't become markup.

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element; attributes that are undefined, null or false are left out, true stands for an empty value. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Whether a scrolled element shows its end, within a few pixels. */
export function isAtEnd(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 24;
}
