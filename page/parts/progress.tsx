/** A progress bar. `part`: how much is done, from 0 to 1. */
export function Progress({ part, label }: { readonly part: number; readonly label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return (
    <progress class="progress" max={100} value={percent} aria-label={label}>
      {percent} %
    </progress>
  );
}
