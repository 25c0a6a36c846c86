// What becomes of the page and its network. In a worker only what exists there.

// As the machine knows them.
const ONLINE = 0;
const OFFLINE = 1;
const VISIBLE = 2;
const HIDDEN = 3;
const FROZEN = 4;
const RESUMED = 5;

/** Tells of each change from now on, and once of what is the case already. Returns a function that ends it. */
export function watchPage(tell) {
  if (typeof globalThis.addEventListener !== 'function') return () => {};
  const controller = new AbortController();
  const { signal } = controller;
  const { document } = globalThis;
  const on = (target, type, what) => {
    const handle = () => {
      const now = what();
      if (now !== undefined) tell(now);
    };
    target?.addEventListener(type, handle, { signal });
  };
  // `pageshow` also fires when the page has loaded: only what was put away can come back.
  let away = false;
  const leave = () => {
    away = true;
    return FROZEN;
  };
  const comeBack = () => {
    const again = away ? RESUMED : undefined;
    away = false;
    return again;
  };
  on(globalThis, 'online', () => ONLINE);
  on(globalThis, 'offline', () => OFFLINE);
  on(globalThis, 'pagehide', leave);
  on(globalThis, 'pageshow', comeBack);
  on(document, 'freeze', leave);
  on(document, 'resume', comeBack);
  on(document, 'visibilitychange', () => (document.hidden ? HIDDEN : VISIBLE));
  if (globalThis.navigator?.onLine === false) tell(OFFLINE);
  if (document?.hidden) tell(HIDDEN);
  return () => controller.abort();
}
