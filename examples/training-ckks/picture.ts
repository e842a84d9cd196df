import { drawCurves } from '../../bench/support/charts.js';
import type { StepRecord } from './result.js';

/** What a picture of a training shows. */
export interface PictureOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly measure: 'accuracy' | 'auc';
  /** Loss and figure before the first step, the same for both runs. */
  readonly start: { readonly loss: number; readonly figure: number };
  /** The figure that float32 reaches, drawn as a level. */
  readonly float32: number;
  readonly steps: readonly StepRecord[];
}

const names = { accuracy: 'accuracy', auc: 'area under the curve' } as const;

/** Loss and accuracy against steps as SVG: dots are what the owner decrypted, lines the clear executor. */
export function drawTraining({ title, subtitle, measure, start, float32, steps }: PictureOptions): string {
  const curve = (of: (step: StepRecord) => number, first: number): readonly (readonly [number, number])[] => [
    [0, first],
    ...steps.map((step) => [step.step, of(step)] as const),
  ];
  const figure = names[measure];
  const last = steps.at(-1)?.step ?? 0;
  return drawCurves({
    title,
    subtitle,
    x: 'steps',
    left: 'loss on the training rows',
    right: `${figure} on the test rows`,
    series: [
      { name: 'loss, clear', axis: 'left', style: 'line', points: curve((s) => s.loss_clear, start.loss) },
      {
        name: 'loss, encrypted',
        axis: 'left',
        style: 'dots',
        points: curve((s) => s.loss_encrypted, start.loss),
      },
      {
        name: `${figure}, clear`,
        axis: 'right',
        style: 'line',
        points: curve((s) => s.figure_clear, start.figure),
      },
      {
        name: `${figure}, encrypted`,
        axis: 'right',
        style: 'dots',
        points: curve((s) => s.figure_encrypted, start.figure),
      },
      {
        name: `${figure}, float32`,
        axis: 'right',
        style: 'level',
        points: [
          [0, float32],
          [last, float32],
        ],
      },
    ],
  });
}
