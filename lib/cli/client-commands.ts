import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { Client } from '../roles/client.js';
import { readMessageHeader } from '../roles/messages.js';
import { makeCommand } from './command.js';
import { readWhole, requireAbsent, writeWhole } from '../files.js';
import { readClient, readPlan } from './roles.js';
import { formatCsv, readRows } from './rows.js';
import { formatBytes } from './terminal.js';
import type { Surroundings } from './terminal.js';

// What the owner of the data runs: the three commands that touch the secret key.

const secretKeyFile = 'secret.key';
const evaluationKeysFile = 'evaluation.keys';

interface KeygenOptions {
  readonly secretKey: string;
  readonly evaluationKeys: string;
  readonly force?: boolean;
}

export const keygenCommand = (surroundings: Surroundings): Command =>
  makeCommand<[plan: string], KeygenOptions>(surroundings, {
    name: 'keygen',
    description:
      'Make a secret key, which stays with you, and the evaluation keys that the server of this plan needs.',
    examples:
      'ciphernet keygen digits/plan.json\nciphernet keygen digits/plan.json --secret-key ~/.keys/digits.key --evaluation-keys digits.keys',
    configure: (command) => {
      command
        .argument('<plan>', 'the public plan.json that compile wrote')
        .option('--secret-key <file>', 'where the secret key goes, readable by you alone', secretKeyFile)
        .option('--evaluation-keys <file>', 'where the evaluation keys go', evaluationKeysFile)
        .option('--force', 'replace keys that are there');
    },
    action: async (terminal, options, planPath) => {
      const { signal } = surroundings;
      const exclusive = options.force !== true;
      if (exclusive) await requireAbsent([options.secretKey, options.evaluationKeys]);
      const plan = await readPlan(planPath);
      using client = await Client.create(plan);
      // The long part first: where it is given up, no secret key stands in the way of the next attempt.
      await terminal.withProgress('Keys', (onProgress) =>
        writeWhole(options.evaluationKeys, client.evaluationKeyChunks({ signal, onProgress }), { exclusive }),
      );
      const { size: evaluationKeyBytes } = await stat(options.evaluationKeys);
      const secretKey = await client.exportSecretKey();
      try {
        await writeWhole(options.secretKey, secretKey, { mode: 0o600, exclusive });
      } finally {
        secretKey.fill(0);
      }
      return {
        text: [
          `Secret key:      ${options.secretKey} (${formatBytes(secretKey.length)}); keep it, never send it`,
          `Evaluation keys: ${options.evaluationKeys} (${formatBytes(evaluationKeyBytes)}); for the server, once`,
        ].join('\n'),
        json: {
          secretKey: { file: options.secretKey, bytes: secretKey.length },
          evaluationKeys: { file: options.evaluationKeys, bytes: evaluationKeyBytes },
        },
      };
    },
  });

interface EncryptOptions {
  readonly secretKey: string;
  readonly out: string;
}

export const encryptCommand = (surroundings: Surroundings): Command =>
  makeCommand<[plan: string, rows: string], EncryptOptions>(surroundings, {
    name: 'encrypt',
    description: 'Encrypt rows of inputs into one request for the server.',
    examples:
      'ciphernet encrypt digits/plan.json rows.csv\nciphernet encrypt digits/plan.json rows.npy -o request.bin',
    configure: (command) => {
      command
        .argument('<plan>', 'the public plan.json that compile wrote')
        .argument(
          '<rows>',
          'one sample a row: CSV (a first line of names is skipped) or .npy, float32 or float64',
        )
        .option('--secret-key <file>', 'the key that keygen wrote', secretKeyFile)
        .option('-o, --out <file>', 'where the request goes', 'request.bin');
    },
    action: async (terminal, options, planPath, rowsPath) => {
      const plan = await readPlan(planPath);
      const rows = await readRows(rowsPath, plan.inputs);
      using client = await readClient(terminal, plan, options.secretKey);
      const request = await terminal.withProgress('Encryption', (onProgress) =>
        client.encrypt(rows, { signal: surroundings.signal, onProgress }),
      );
      await writeWhole(options.out, request);
      const samples = rows.length / plan.inputs;
      return {
        text: `Request: ${options.out} (${formatBytes(request.length)}), ${samples} ${samples === 1 ? 'sample' : 'samples'}`,
        json: { request: { file: options.out, bytes: request.length, samples } },
      };
    },
  });

interface DecryptOptions {
  readonly secretKey: string;
  readonly out?: string;
}

export const decryptCommand = (surroundings: Surroundings): Command =>
  makeCommand<[plan: string, response: string], DecryptOptions>(surroundings, {
    name: 'decrypt',
    description: 'Decrypt the response of the server to rows of outputs, in the order of the request.',
    examples:
      'ciphernet decrypt digits/plan.json response.bin\nciphernet decrypt digits/plan.json response.bin -o outputs.csv',
    configure: (command) => {
      command
        .argument('<plan>', 'the public plan.json that compile wrote')
        .argument('<response>', 'what infer wrote, or the server sent')
        .option('--secret-key <file>', 'the key that keygen wrote', secretKeyFile)
        .option('-o, --out <file>', 'a CSV file for the rows; they are printed if absent');
    },
    action: async (terminal, options, planPath, responsePath) => {
      const plan = await readPlan(planPath);
      const response = await readWhole(responsePath);
      using client = await readClient(terminal, plan, options.secretKey);
      const values = await terminal.withProgress('Decryption', (onProgress) =>
        client.decrypt(response, { signal: surroundings.signal, onProgress }),
      );
      const { samples } = readMessageHeader(response);
      const width = plan.outputs;
      if (options.out !== undefined) {
        // Decrypted values are the owner's as much as the key is.
        await writeWhole(options.out, formatCsv({ width, values }), { mode: 0o600 });
        return {
          text: `Rows: ${options.out}, ${samples} of ${width} outputs`,
          json: { rows: { file: options.out, samples, outputs: width } },
        };
      }
      return {
        text: formatCsv({ width, values }).trimEnd(),
        json: {
          rows: Array.from({ length: samples }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]),
        },
      };
    },
  });
