import type { Benchmark } from './benchmark.ts';

/** A part is a file of tools/bench/truth/parts; `npm run bench -- truth:twins truth:suspects` runs these alone. */
export const truth: Benchmark = {
  about: 'what pupils see of a model compared with what is true, on generated projects; truth:PART runs one part',
  onRequest: true,
  run: (bench) =>
    bench.python(
      'shown_and_true.py',
      bench.parts.flatMap((part) => ['--part', part]),
    ),
};
