// Addresses to try on the page's own server. `label` and `hint` are keys of strings.js.

/** @type {{ id: string, path?: string, url?: string, protocols?: string, text?: string }[]} */
export const PRESETS = [
  { id: 'echo', path: '/' },
  { id: 'protocol', path: '/protocol?choose=first', protocols: 'chat, superchat' },
  { id: 'close', path: '/close?code=1001&reason=bye&after_ms=500' },
  { id: 'abort', path: '/abort?after_ms=500&how=fin' },
  { id: 'refuse', path: '/refuse?status=503' },
  { id: 'badaccept', path: '/bad-accept' },
  { id: 'flood', path: '/flood?count=100&size=32&kind=text' },
  { id: 'control', path: '/control', text: 'close 4000 later' },
  { id: 'scheme', url: 'ftp://example.com/' },
  { id: 'duplicate', path: '/', protocols: 'chat, chat' },
];
