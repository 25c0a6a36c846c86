// Two authorities, each with a certificate for this machine: one that browsers are made to know, one that they are not.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const DAYS = '30';
const OF_A_SERVER = `basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1
`;

/** Writes `NAME-ca.pem`, `NAME.pem` and `NAME.key` into the folder. */
async function issue(folder, name) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = ['-keyout', `${name}-ca.key`, '-out', `${name}-ca.pem`];
  const uses = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  openssl('req', '-x509', ...key, ...ca, '-days', DAYS, '-subj', `/CN=Tautline ${name} test CA`, ...uses);
  openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=localhost');
  await writeFile(path.join(folder, 'server.ext'), OF_A_SERVER);
  const signer = ['-CA', `${name}-ca.pem`, '-CAkey', `${name}-ca.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.pem`, '-days', DAYS, '-extfile', 'server.ext');
}

/** Makes them; fulfils with the paths of what a browser is to know. */
export async function makeCertificates(folder) {
  await mkdir(folder, { recursive: true });
  for (const name of ['server', 'strange']) await issue(folder, name);
  const read = (name) => readFile(path.join(folder, name), 'utf8');
  // HAProxy wants both in one file.
  await writeFile(path.join(folder, 'both.pem'), (await read('server.pem')) + (await read('server.key')));
  return { authority: path.join(folder, 'server-ca.pem'), certificate: path.join(folder, 'server.pem') };
}
