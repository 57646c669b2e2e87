import type { ProjectType } from '../projects/project.ts';

/** The files that a board's program loads, which the IDE downloads one by one after a conversion. */
export function boardFiles(board: string, type: ProjectType): readonly string[] {
  if (board === 'kidbright-mai-plus') return ['model.cvimodel', 'model.mud'];
  return type === 'VOICE_CLASSIFICATION' ? ['model_cpu.npz'] : ['model_int8.bin', 'model_int8.param'];
}
