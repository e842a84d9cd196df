import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { activation, compile, dense, sequential } from '../../lib/nn/index.js';
import type { Compiled } from '../../lib/nn/index.js';
import { serve } from '../../lib/serve.js';
import type { Service, ServiceOptions } from '../../lib/serve.js';

/** 1 − x² − y² at the cheapest plan of 128 bits: N = 2^13, keys of 0.2 MB, requests of 0.2 MB. */
export const compiled: Compiled = await compile(
  sequential([
    dense({ inputs: 2, units: 2, weights: Float64Array.of(1, 0, 0, 1) }),
    activation('square'),
    dense({ inputs: 2, units: 1, weights: Float64Array.of(-1, -1), bias: Float64Array.of(1) }),
  ]),
  {
    calibration: Float64Array.of(-1, -1, 1, 1),
    maxError: 0.01,
    bounds: { output: 2, hiddenNorm: 2, outputNorm: 4 },
  },
);

export const circle = (x: number, y: number): number => 1 - x * x - y * y;

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: Pick<ExecutionContext, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ciphernet-http-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A service of the circle that is closed when the test ends; its defects fail the test. */
export async function start(
  t: ExecutionContext,
  options: Partial<ServiceOptions> = {},
): Promise<Service & { readonly folder: string }> {
  const folder = options.folder ?? (await temporaryFolder(t));
  const service = await serve({
    models: { circle: compiled },
    folder,
    onError: (error) => {
      t.fail(String(error));
    },
    ...options,
  });
  t.teardown(() => service.close({ graceMilliseconds: 0 }));
  return Object.assign(service, { folder });
}

export interface Answer {
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | undefined;
}

/**
 * Sends a body, or its first `hold` bytes and then nothing: what is answered all the same was refused early. Without a
 * declared length it goes in chunks.
 */
export function send(
  url: URL,
  method: string,
  body: Uint8Array,
  options: { readonly declared?: number | undefined; readonly hold?: number | undefined } = {},
): Promise<Answer> {
  const { declared, hold } = options;
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/octet-stream',
      ...(declared !== undefined && { 'content-length': declared }),
    };
    let answered = false;
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        request.destroy();
        const text = Buffer.concat(chunks).toString('utf8');
        const status = response.statusCode!;
        resolve({ status, error: status >= 400 ? (JSON.parse(text) as Answer).error : undefined });
      });
    });
    request.on('error', (error) => {
      if (!answered) reject(error);
    });
    request.flushHeaders();
    if (hold === undefined) request.end(body);
    else if (hold > 0) request.write(body.subarray(0, hold));
  });
}

/** The samples of a text in the Prometheus format, by name and labels; throws for a line that is none. */
export function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* ./.test(line)) continue;
    const match =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*",?)*\})?) (-?[0-9.e+-]+|[+-]Inf|Nan)$/i.exec(
        line,
      );
    if (match === null) throw new Error(`no sample of Prometheus: ${line}`);
    samples.set(match[1]!, Number(match[2]!.replace('Inf', 'Infinity')));
  }
  return samples;
}

/** Waits for a state that comes by itself, looking often; throws when it does not come. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; ++attempt) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}
