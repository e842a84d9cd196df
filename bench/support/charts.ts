import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  LabelLayout,
  SVGRenderer,
]);

export interface Series {
  readonly name: string;
  /** One value a category; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  readonly unit: string;
}

const size = { width: 900, height: 420 };
const label = (x: number): string => (x >= 100 ? x.toFixed(0) : String(Number(x.toPrecision(3))));

/** The text of an SVG file. */
function render(option: echarts.EChartsCoreOption): string {
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  drawing.setOption(option);
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}

/** What all charts share; they bring their own white ground, so that they read on any page. */
const frame = ({ title, subtitle }: Pick<Chart, 'title' | 'subtitle'>): echarts.EChartsCoreOption => ({
  animation: false,
  backgroundColor: '#fff',
  textStyle: { fontFamily: 'sans-serif' },
  title: { text: title, subtext: subtitle, left: 'center' },
  legend: { bottom: 4, itemGap: 24 },
});

/** Bars side by side. */
export const drawChart = (chart: Chart): string =>
  render({
    ...frame(chart),
    grid: { left: 64, right: 24, top: 72, bottom: 72, containLabel: false },
    xAxis: { type: 'category', data: [...chart.categories] },
    yAxis: { type: 'value', name: chart.unit },
    series: chart.series.map(({ name, values }) => ({
      name,
      type: 'bar',
      data: values.map((value) => value ?? '-'),
      label: {
        show: true,
        position: 'top',
        fontSize: 10,
        formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? label(value) : ''),
      },
    })),
  });

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

interface Scatter {
  readonly title: string;
  readonly subtitle: string;
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[];
  /** What the axes show; x is logarithmic. */
  readonly x: string;
  readonly y: string;
}

/** Points with labels. */
export const drawScatter = (chart: Scatter): string =>
  render({
    ...frame(chart),
    grid: { left: 80, right: 80, top: 104, bottom: 96, containLabel: false },
    xAxis: { type: 'log', name: chart.x, nameLocation: 'middle', nameGap: 28 },
    yAxis: { type: 'value', name: chart.y, scale: true },
    series: chart.series.map(({ name, points }) => ({
      name,
      type: 'scatter',
      symbolSize: 14,
      data: points.map((point) => ({ name: point.label, value: [point.x, point.y] })),
      labelLayout: { moveOverlap: 'shiftY' },
      label: {
        show: true,
        position: 'top',
        fontSize: 10,
        formatter: (point: { name: string }) => point.name,
      },
    })),
  });

interface Curve {
  readonly name: string;
  readonly axis: 'left' | 'right';
  /** Joined by a line, as dots only, or joined by dashes. */
  readonly style: 'line' | 'dots' | 'level';
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Curves {
  readonly title: string;
  readonly subtitle: string;
  readonly series: readonly Curve[];
  /** What the axes show. */
  readonly x: string;
  readonly left: string;
  readonly right: string;
}

/** Curves of two quantities against a third one, each with an axis of its own; those of one quantity share a colour. */
export const drawCurves = (chart: Curves): string => {
  const colours = { left: '#5470c6', right: '#d4692a' } as const;
  const axis = (name: string, side: 'left' | 'right'): object => ({
    type: 'value',
    name,
    scale: true,
    nameLocation: 'middle',
    nameGap: 52,
    axisLine: { show: true, lineStyle: { color: colours[side] } },
    splitLine: { show: side === 'left' },
  });
  return render({
    ...frame(chart),
    grid: { left: 80, right: 80, top: 72, bottom: 96, containLabel: false },
    xAxis: { type: 'value', name: chart.x, nameLocation: 'middle', nameGap: 28, minInterval: 1 },
    yAxis: [axis(chart.left, 'left'), axis(chart.right, 'right')],
    series: chart.series.map(({ name, axis: side, style, points }) => ({
      name,
      type: 'line',
      yAxisIndex: side === 'left' ? 0 : 1,
      data: points.map(([x, y]) => [x, y]),
      showSymbol: style === 'dots',
      symbol: 'circle',
      symbolSize: 6,
      itemStyle: { color: colours[side] },
      lineStyle: {
        color: colours[side],
        width: style === 'dots' ? 0 : 1.5,
        type: style === 'level' ? 'dashed' : 'solid',
      },
    })),
  });
};
