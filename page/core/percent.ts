/** A part from 0 to 1 as people read it: `93 %`. */
export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
