import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([BarChart, GridComponent, LegendComponent, TitleComponent, LabelLayout, SVGRenderer]);

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

/** A chart as the text of an SVG file; it brings its own white ground, so that it reads on any page. */
export function drawChart(chart: Chart): string {
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  drawing.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: chart.title, subtext: chart.subtitle, left: 'center' },
    legend: { bottom: 4, itemGap: 24 },
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
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}
