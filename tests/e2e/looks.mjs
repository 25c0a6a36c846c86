// How a page looks, asked within it: each of these is handed to `page.evaluate`, and so names nothing outside itself.

/** In the page: elements wider than the screen. */
export function overflowing() {
  const screen = document.documentElement.clientWidth;
  return [...document.querySelectorAll('main *')]
    .filter((node) => node.getClientRects().length > 0 && !node.closest('.visually-hidden'))
    .filter((node) => {
      const cut = node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'visible';
      return cut || node.getBoundingClientRect().right > screen + 0.5;
    })
    .map((node) => node.outerHTML.slice(0, 120));
}

/** In the page: visible texts whose contrast with what lies behind is below 4.5. */
export function lowContrast() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] === undefined || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.body.querySelectorAll('*')) {
    const speaks = node.matches('input, select, textarea') || [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!speaks || node.getClientRects().length === 0 || node.closest('.visually-hidden, .skip, option')) continue;
    const [a, b] = [luminance(channels(getComputedStyle(node).color)), luminance(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${node.outerHTML.slice(0, 100)}`);
  }
  return found;
}
