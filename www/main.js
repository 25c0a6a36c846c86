// Starts the page: language first, then the wasm module, then the panels.
import { Announcer } from './announcer.js';
import { Connection, STATE_NAMES } from './connection.js';
import { byId, el } from './dom.js';
import { EventLog } from './event-log.js';
import { describeError } from './format.js';
import { onLanguageChange, startLanguage, t } from './i18n.js';
import { SocketPanel } from './socket-panel.js';
import { StateView } from './state-view.js';
import { WirePanel } from './wire-panel.js';

startLanguage();
try {
  const { default: init, TypedWebSocket } = await import('./pkg/tautline_npm.js');
  await init();
  start(TypedWebSocket);
} catch (error) {
  showLoadFailure(error);
}
byId('boot').hidden = true;
byId('main').hidden = false;

function start(TypedWebSocket) {
  const announcer = new Announcer(byId('announcer'));
  const log = new EventLog();
  const wire = new WirePanel();
  const state = new StateView();
  let panel = null;
  let announced = null;

  const connection = new Connection(TypedWebSocket, {
    onTarget: (target) => {
      announced = null;
      wire.start(target);
    },
    onRecord: (record) => wire.record(record),
    onFeed: (status) => wire.feed(status),
    onCall: (name, args, at) => log.call(name, args, at),
    onThrow: (name, error, at) => {
      log.thrown(name, error, at);
      if (name.startsWith('new ')) wire.nothingSent();
    },
    onEvent: (event, at) => {
      log.event(event, at);
      announceEvent(announcer, event);
    },
    onState: (snapshot) => {
      state.show(snapshot);
      panel?.refresh();
      const name = STATE_NAMES[snapshot.readyState];
      // OPEN and CLOSED are said by their events.
      if (name !== announced && (name === 'CONNECTING' || name === 'CLOSING')) announcer.say('stateAnnounce', { state: name });
      announced = name;
    },
  });
  panel = new SocketPanel(connection, announcer);
}

function announceEvent(announcer, event) {
  if (event.type === 'message') announcer.message();
  else if (event.type === 'open') announcer.say('opened');
  else if (event.type === 'error') announcer.say('errored');
  else announcer.say('closed', { code: event.code });
}

function showLoadFailure(error) {
  const place = byId('load-failure');
  const { name, message } = describeError(error);
  const draw = () =>
    place.replaceChildren(
      el('p', {}, el('strong', {}, t('loadFailed'))),
      el('p', {}, t('loadFailedFixBuild')),
      el('p', {}, t('loadFailedFixNetwork')),
      el('p', {}, t('loadFailedWhy'), ' ', el('code', { lang: 'en' }, `${name}: ${message}`)),
    );
  onLanguageChange(draw);
  draw();
  place.hidden = false;
  // Nothing else works without the module, and must not look as if it did.
  byId('columns').hidden = true;
}
