// Every text of the Push Lab, in every language, beside those of strings.js. A test holds the languages to the same keys and `{places}`.
import { en } from './strings-en.js';
import { zh } from './strings-zh.js';

export const LAB_STRINGS = { en, 'zh-Hans': zh };
