// The examples for React, Vue and Svelte: their types are right, and built by Vite and opened in Chromium they connect and echo.
import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import * as vite from 'vite';
import { ECHO, closeBrowser, here, install, openPage, output, serve } from './harness.mjs';

before(install);
after(closeBrowser);

const URL_OF_PAGE = "new URLSearchParams(location.search).get('url')!";

const FRAMEWORKS = {
  react: {
    file: 'Live.tsx',
    // As applications are run while they are written: everything is mounted twice.
    main: `import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Live } from './Live.js';
createRoot(document.querySelector('main')!).render(<StrictMode><Live url={${URL_OF_PAGE}} /></StrictMode>);`,
    entry: 'main.tsx',
    plugins: [],
    check: ['typescript/bin/tsc', '-p', '.'],
  },
  vue: {
    file: 'Live.vue',
    main: `import { createApp } from 'vue';
import Live from './Live.vue';
createApp(Live, { url: ${URL_OF_PAGE} }).mount('main');`,
    entry: 'main.ts',
    plugins: [vue()],
    check: ['vue-tsc', '-p', '.'],
  },
  svelte: {
    file: 'Live.svelte',
    main: `import { mount } from 'svelte';
import Live from './Live.svelte';
mount(Live, { target: document.querySelector('main')!, props: { url: ${URL_OF_PAGE} } });`,
    entry: 'main.ts',
    plugins: [svelte({ configFile: false })],
    check: ['svelte-check', '--tsconfig', 'tsconfig.json', '--fail-on-warnings'],
  },
};

for (const [name, { file, main, entry, plugins, check }] of Object.entries(FRAMEWORKS)) {
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
    await vite.build({ root: folder, configFile: false, logLevel: 'error', plugins, build: { outDir: out } });
    await openPage(`${await serve(context, out)}/?url=${encodeURIComponent(ECHO)}`, async (page) => {
      const shown = page.locator('output');
      await shown.filter({ hasText: 'up' }).waitFor();
      await page.getByRole('button', { name: 'Send' }).click();
      await shown.filter({ hasText: 'hello' }).waitFor();
      assert.equal((await shown.innerText()).replace(/\s+/g, ' ').trim(), 'up: hello');
    });
  });
}
