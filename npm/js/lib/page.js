// What becomes of the page and its network. In a worker only what exists there.

/** Tells of each change from now on, and once of what is the case already. Returns a function that ends it. */
export function watchPage(tell) {
  if (typeof globalThis.addEventListener !== 'function') return () => {};
  const controller = new AbortController();
  const { signal } = controller;
  const { document } = globalThis;
  const on = (target, type, what) => target.addEventListener(type, () => tell(what()), { signal });
  // `pageshow` also fires when the page has loaded: only what was put away can come back.
  let away = false;
  const leave = () => {
    away = true;
    tell('frozen');
  };
  const comeBack = () => {
    if (!away) return;
    away = false;
    tell('resumed');
  };
  on(globalThis, 'online', () => 'online');
  on(globalThis, 'offline', () => 'offline');
  if (document) {
    globalThis.addEventListener('pagehide', leave, { signal });
    globalThis.addEventListener('pageshow', comeBack, { signal });
    document.addEventListener('freeze', leave, { signal });
    document.addEventListener('resume', comeBack, { signal });
    on(document, 'visibilitychange', () => (document.hidden ? 'hidden' : 'visible'));
  }
  if (globalThis.navigator?.onLine === false) tell('offline');
  if (document?.hidden) tell('hidden');
  return () => controller.abort();
}
