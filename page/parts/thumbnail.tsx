import { useState } from 'preact/hooks';
import { urlWithName } from '../core/api.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';
import type { ProjectType } from '../room/types.ts';

interface ThumbnailProps {
  readonly project: string;
  readonly type: ProjectType;
  readonly sample: { readonly id: string; readonly file: string };
  /** Called with the size of the small picture, once it is there. */
  readonly onSize?: (size: { readonly width: number; readonly height: number }) => void;
}

/** One photo, small, or a clip as its wave; where there is no picture of it, its name. */
export function Thumbnail({ project, type, sample: { id, file }, onSize }: ThumbnailProps) {
  const [isMissing, setMissing] = useState(false);
  const name = shortName(file);
  const path = `/projects/${segment(project)}/samples/${segment(id)}`;
  const picture = isMissing ? (
    <span class="thumbnail missing">{say('photos.no_picture', { name })}</span>
  ) : (
    <img
      class="thumbnail"
      src={urlWithName(`${path}/thumbnail`)}
      alt={name}
      title={name}
      loading="lazy"
      width={160}
      height={160}
      onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => onSize?.({ width, height })}
      onError={() => setMissing(true)}
    />
  );
  if (type !== 'VOICE_CLASSIFICATION') return picture;
  return (
    <>
      {picture}
      {/* biome-ignore lint/a11y/useMediaCaption: a pupil's own word of a second, whose label stands beside it */}
      <audio class="clip" controls preload="none" src={urlWithName(`${path}/file`)} aria-label={name} />
    </>
  );
}

/** Without the folder that is the same for all. */
export function shortName(file: string): string {
  return file.replace(/^dataset\//, '');
}
