// The page's language: chosen by the person, else by the browser; remembered where storage is allowed.
import { STRINGS } from './strings.js';

const STORAGE_KEY = 'tautline.language';
const listeners = new Set();
const strings = Object.fromEntries(Object.entries(STRINGS).map(([tag, texts]) => [tag, { ...texts }]));
let language = 'en';

/** A page's own texts, in every language, beside those of strings.js and in the place of those of the same name. */
export function addStrings(more) {
  for (const [tag, texts] of Object.entries(more)) Object.assign(strings[tag], texts);
}

/** The text of a key in the page's language, with its `{name}` places filled. */
export function t(key, params = {}) {
  const string = strings[language][key];
  if (string === undefined) throw new Error(`no string for ${key} in ${language}`);
  return string.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}

/** A number as the page's language writes it, with at least so many digits after the point. */
export function formatCount(count, digits = 0) {
  return count.toLocaleString(language, { minimumFractionDigits: digits });
}

/** The text of a count: English has a form of its own for one, Chinese has not. */
export function tn(key, count) {
  return t(count === 1 && `${key}One` in strings[language] ? `${key}One` : key, { count: formatCount(count) });
}

/** Calls back after each change of language. */
export function onLanguageChange(listener) {
  listeners.add(listener);
}

/** Sets the language, writes the page's texts in it and remembers it. */
export function setLanguage(next) {
  language = next;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }
  apply();
}

/** Picks the first language and writes the page's texts in it. */
export function startLanguage() {
  let remembered = null;
  try {
    remembered = localStorage.getItem(STORAGE_KEY);
  } catch {
    // As above.
  }
  const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en';
  language = remembered in strings ? remembered : /^zh/i.test(wanted) ? 'zh-Hans' : 'en';
  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => setLanguage(button.dataset.language));
  }
  apply();
}

function apply() {
  document.documentElement.lang = language;
  document.title = t('title');
  for (const node of document.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const node of document.querySelectorAll('[data-i18n-aria-label]')) {
    node.setAttribute('aria-label', t(node.dataset.i18nAriaLabel));
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  }
  for (const listener of listeners) listener();
}
