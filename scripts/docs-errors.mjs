// Writes docs/errors.md from the table in lib/errors.ts; with --check it only says whether the file is up to date.
//
//   node --import=tsx scripts/docs-errors.mjs [--check]
import { errorCodes } from '../lib/errors.ts';
import { writeDocs } from './docs-file.mjs';

const rows = Object.entries(errorCodes).map(
  ([code, { class: name, meaning, remedy }]) => `| \`${code}\` | ${name} | ${meaning} | ${remedy} |`,
);
const text = `<!-- Generated from lib/errors.ts by \`npm run docs:errors\`. -->

# Errors

Every mistake that a user can make is a \`CiphernetError\`: \`code\` is stable and one of those below, \`message\` names the
offending values and what to do, \`details\` holds the values for programs. The class groups codes by theme, for
\`instanceof\`.

Cancelling through an \`AbortSignal\` rejects with a \`CancelledError\`; as on the web platform its \`name\` is \`AbortError\`,
and its \`cause\` is \`signal.reason\`. An exception in an \`onProgress\` callback stops the operation and rejects as it is.

| Code | Class | Meaning | What to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
writeDocs('errors', text);
