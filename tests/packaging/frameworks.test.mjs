// The examples for React, Vue and Svelte: their types are right, and built by Vite and opened in Chromium they connect, echo, follow
// their URL and close with their component.
import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import * as vite from 'vite';
import { closeBrowser, here, install, link, openPage, output, serve } from './harness.mjs';

before(install);
after(closeBrowser);

// Each `main` gives the page a function `show`: of a URL, or of null, which takes the component away.
const FRAMEWORKS = {
  react: {
    file: 'Live.tsx',
    // As applications are run while they are written: everything is mounted twice. React does so in its development build only.
    define: { 'process.env.NODE_ENV': '"development"' },
    mounts: 2,
    main: `import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Live } from './Live.js';
const root = createRoot(document.querySelector('main')!);
const show = (url: string | null) => root.render(<StrictMode>{url !== null && <Live url={url} />}</StrictMode>);
Object.assign(globalThis, { show });`,
    entry: 'main.tsx',
    plugins: [],
    check: ['typescript/bin/tsc', '-p', '.'],
  },
  vue: {
    file: 'Live.vue',
    main: `import { createApp, h, ref } from 'vue';
import Live from './Live.vue';
const url = ref<string | null>(null);
createApp({ render: () => (url.value === null ? null : h(Live, { url: url.value })) }).mount('main');
const show = (next: string | null) => void (url.value = next);
Object.assign(globalThis, { show });`,
    entry: 'main.ts',
    plugins: [vue()],
    check: ['vue-tsc', '-p', '.'],
  },
  svelte: {
    file: 'Live.svelte',
    main: `import { mount, unmount } from 'svelte';
import Live from './Live.svelte';
const props = $state({ url: '' });
let live: ReturnType<typeof mount> | undefined;
const show = (url: string | null) => {
  if (url === null) return void (live && unmount(live));
  props.url = url;
  live ??= mount(Live, { target: document.querySelector('main')!, props });
};
Object.assign(globalThis, { show });`,
    entry: 'main.svelte.ts',
    plugins: [svelte({ configFile: false })],
    check: ['svelte-check', '--tsconfig', 'tsconfig.json', '--fail-on-warnings'],
  },
};

for (const [name, { file, main, entry, plugins, check, define = {}, mounts = 1 }] of Object.entries(FRAMEWORKS)) {
  test(name, async (context) => {
    // Beside the installed packages, where they are found.
    const folder = path.join(here, `.work-${name}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    context.after(() => rm(folder, { recursive: true, force: true }));
    await cp(path.join(here, '../../examples', name, file), path.join(folder, file));
    await writeFile(path.join(folder, entry), main);
    await writeFile(path.join(folder, 'index.html'), `<!doctype html><title>${name}</title><main></main><script type="module" src="/${entry}"></script>`);
    const compilerOptions = {
      strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', jsx: 'react-jsx',
      lib: ['es2023', 'dom', 'dom.iterable'], types: [], skipLibCheck: true, verbatimModuleSyntax: true,
    };
    // Svelte's checker brings the types of .svelte files along.
    const include = name === 'svelte' ? ['*.svelte', '*.ts'] : ['*'];
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    await output(check[0], check.slice(1), { cwd: folder });
    const out = path.join(folder, 'dist');
    await vite.build({ root: folder, configFile: false, logLevel: 'error', plugins, define, build: { outDir: out } });
    const [first, second] = [await link(context), await link(context)];
    await openPage(await serve(context, out), async (page) => {
      const sockets = [];
      page.on('websocket', (socket) => sockets.push(socket));
      const show = (url) => page.evaluate((url) => globalThis.show(url), url);
      const shown = page.locator('output');
      const text = async () => (await shown.innerText()).replace(/\s+/g, ' ').trim();

      await page.evaluate(() => {
        globalThis.made = 0;
        globalThis.WebSocket = class extends WebSocket {
          constructor(...given) {
            super(...given);
            globalThis.made += 1;
          }
        };
      });
      await show(first.url);
      await shown.filter({ hasText: 'up' }).waitFor();
      await page.getByRole('button', { name: 'Send' }).click();
      await shown.filter({ hasText: 'hello' }).waitFor();
      assert.equal(await text(), 'up: hello');
      assert.equal(await page.evaluate(() => globalThis.made), mounts);
      await first.wait('open=1');

      // Another URL is another socket. The first one's end, however late it comes, is not shown in the place of the second one's state.
      const old = sockets.at(-1);
      await first.tell('freeze');
      await show(second.url);
      await second.wait('open=1');
      await shown.filter({ hasText: 'up' }).waitFor();
      await Promise.all([old.waitForEvent('close'), first.tell('cut')]);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
      assert.equal(await text(), 'up: hello');

      await show(null);
      await second.wait('open=0');
      assert.equal(await shown.count(), 0);
    });
  });
}
