// docs/reliability.md: a section for each part, replaced when the part has run.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';

const HEAD = `# What it was put through

Made by \`cargo xtask torture\`, which asks everything below anew, in the browsers named; \`cargo xtask torture PART\` one part of it. Each section says its
command: with the same \`--seed\` the same faults come at the same places. A short form of it runs in CI. Times are those of a shared machine with
two cores; what counts are the columns that have to be 0.
`;

const begin = (part) => `<!-- part: ${part} -->`;
const end = (part) => `<!-- end: ${part} -->`;

export class Report {
  #file;
  #sections = new Map();

  constructor(file) {
    this.#file = file;
  }

  set(part, section) {
    this.#sections.set(part, section);
  }

  /** Writes it, with those sections of the last one that have not run now. */
  async write(parts) {
    const last = await readFile(this.#file, 'utf8').catch(() => '');
    const texts = parts.map((part) => {
      if (this.#sections.has(part)) return this.#render(part);
      const [from, to] = [last.indexOf(begin(part)), last.indexOf(end(part))];
      return from < 0 || to < from ? '' : last.slice(from, to + end(part).length);
    });
    await writeFile(this.#file, `${[HEAD, ...texts.filter(Boolean)].join('\n')}\n`);
  }

  #render(part) {
    const { title, text, command, seconds, failed } = this.#sections.get(part);
    const date = new Date().toISOString().slice(0, 10);
    const facts = [`\`${command}\``, `${date}, ${seconds} s on ${os.cpus().length} cores`];
    const commit = commitOf();
    if (commit) facts.push(`at ${commit}`);
    const verdict = failed === 0 ? '' : `\n**${failed} of its checks failed.**\n`;
    return `${begin(part)}\n## ${title}\n\n${facts.join(', ')}.\n${verdict}\n${text.trim()}\n${end(part)}\n`;
  }
}

/** The commit that was tried, if this is a checkout. */
function commitOf() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The middle one, and the spread, of numbers, in the unit of their caller. */
export function spread(numbers, digits = 0) {
  if (numbers.length === 0) return '–';
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return `${middle.toFixed(digits)} (${sorted[0].toFixed(digits)}–${sorted.at(-1).toFixed(digits)})`;
}
