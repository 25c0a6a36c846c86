// Starts the Push Lab: language first, then its parts.
import { Announcer } from '../announcer.js';
import { byId, el } from '../dom.js';
import { addStrings, onLanguageChange, startLanguage, t } from '../i18n.js';
import { Limit } from './limit.js';
import { Race } from './race.js';
import { Results } from './results.js';
import { Story } from './story.js';
import { LAB_STRINGS } from './strings.js';

const MYTHS = ['order', 'origin', 'proxies', 'replaced', 'cost', 'six', 'jitter'];

function drawMyths() {
  byId('myths').replaceChildren(
    ...MYTHS.map((key) => el('div', {}, el('dt', {}, t(`myth_${key}`)), el('dd', {}, t(`fact_${key}`)))),
  );
}

addStrings(LAB_STRINGS);
startLanguage();
const announcer = new Announcer(byId('announcer'));
onLanguageChange(drawMyths);
drawMyths();
// A chart is as wide as its place, which has no width before it is seen.
byId('boot').hidden = true;
byId('main').hidden = false;
new Story(announcer);
new Race(announcer, new Results(announcer));
new Limit(announcer);
