// What the checks must know of the one script that is not a module of ours: static/vendor/uplot.

export interface Plot {
  setData(columns: (number | null)[][]): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
}

declare global {
  const uPlot: {
    new (options: object, columns: (number | null)[][], host: HTMLElement): Plot;
    paths: { stepped(options: { align: 1 | -1 }): unknown };
  };
}
