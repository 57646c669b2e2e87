import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../tools/demo/server-process.ts';

const SCRIPT = `
import sys, torch
a, b = (torch.load(path, weights_only=True)["state_dict"] for path in sys.argv[1:])
assert a.keys() == b.keys()
different = [key for key in a if not torch.equal(a[key], b[key])]
print("same" if not different else "different: " + ", ".join(different))
`;

/** `same`, or which weights of two models differ. */
export function compareWeights(...models: readonly [string, string]): string {
  return execFileSync(join(ROOT, '.venv', 'bin', 'python'), ['-c', SCRIPT, ...models], { encoding: 'utf8' }).trim();
}
