import fs from 'node:fs';
import process from 'node:process';

/** Writes docs/<name>.md; with --check it only says, and by the exit status, whether it is up to date. */
export function writeDocs(name, text) {
  const file = new URL(`../docs/${name}.md`, import.meta.url);
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(file, text);
    return;
  }
  console.error(`docs/${name}.md is out of date. Run \`npm run docs:${name}\`.`);
  process.exitCode = 1;
}
